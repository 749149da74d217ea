import { distance } from "fastest-levenshtein";

/** Longer ones are compared by their beginnings, so that nobody can buy work with a long path. */
const comparedLength = 40;

/** The few names that somebody may have meant: those that need the fewest edits, and not more than a third. */
export function closestNames(wanted: string, names: Iterable<string>, limit: number): string[] {
  const start = wanted.slice(0, comparedLength).toLowerCase();
  const allowed = Math.max(1, Math.floor(start.length / 3));
  return [...names]
    .filter((name) => name.startsWith(`${start}-`) || Math.abs(name.length - wanted.length) <= allowed)
    .map((name) => ({ name, edits: distanceOf(start, name.slice(0, comparedLength).toLowerCase()) }))
    .filter(({ edits }) => edits <= allowed)
    .toSorted((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** In edits; what only continues the wanted name counts as one. */
const distanceOf = (wanted: string, name: string): number =>
  name.startsWith(`${wanted}-`) ? 1 : distance(wanted, name);
