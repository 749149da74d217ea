import { distance } from "fastest-levenshtein";

/** The known key that somebody may have meant: the one with the fewest edits, a third of its length at most. */
export function closestKey(written: string, known: readonly string[]): string | undefined {
  const [closest] = known
    .map((key) => ({ key, edits: distance(written.toLowerCase(), key.toLowerCase()) }))
    .filter(({ key, edits }) => edits <= Math.max(1, Math.floor(key.length / 3)))
    .toSorted((a, b) => a.edits - b.edits);
  return closest?.key;
}
