/** The known key that somebody may have meant: the one with the fewest edits, a third of its length at most. */
export function closestKey(written: string, known: readonly string[]): string | undefined {
  const [closest] = known
    .map((key) => ({ key, edits: editsBetween(written.toLowerCase(), key.toLowerCase()) }))
    .filter(({ key, edits }) => edits <= Math.max(1, Math.floor(key.length / 3)))
    .toSorted((a, b) => a.edits - b.edits);
  return closest?.key;
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function editsBetween(a: string, b: string): number {
  const others = b.split("");
  let row = Array.from({ length: others.length + 1 }, (_, column) => column);
  for (const [i, letter] of a.split("").entries()) {
    const next = [i + 1];
    for (const [j, other] of others.entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
