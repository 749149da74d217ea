/** Longer ones are compared by their beginnings, so that nobody can buy work with a long path. */
const comparedLength = 40;

/** The few names that somebody may have meant: those that need the fewest edits, and not more than a third. */
export function closestNames(wanted: string, names: Iterable<string>, limit: number): string[] {
  const start = wanted.slice(0, comparedLength).toLowerCase();
  const allowed = Math.max(1, Math.floor(start.length / 3));
  return [...names]
    .filter((name) => name.startsWith(`${start}-`) || Math.abs(name.length - wanted.length) <= allowed)
    .map((name) => ({ name, distance: distanceOf(start, name.slice(0, comparedLength).toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** Levenshtein's: insertions, deletions and replacements; what only continues the wanted name counts as one. */
function distanceOf(wanted: string, name: string): number {
  if (name.startsWith(`${wanted}-`)) return 1;
  let row = Array.from({ length: name.length + 1 }, (_, column) => column);
  for (let i = 1; i <= wanted.length; i++) {
    const next = [i];
    for (let j = 1; j <= name.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (wanted[i - 1] === name[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[name.length] ?? 0;
}
