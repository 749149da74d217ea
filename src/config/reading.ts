/** What became of a text that the operator wrote: its value, or what is wrong and what to write instead. */
export type Reading<T> = { value: T } | { problem: string };

/** As in a message: quoted, on one line, and not endless. */
export function quoted(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length > 80 ? `${shown.slice(0, 76)}…"` : shown;
}
