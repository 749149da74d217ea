/** A `key:` at the beginning of a line of block style, and what stands behind it without a comment. */
export interface KeyLine {
  key: string;
  rest: string;
}

const plainKey = /^([^\s"'#&*!|>%@`?:,[\]{}<=~-][^\s:#,[\]{}]*) *:(?: +(.*))?$/s;
const doubleKey = /^"([^"\\]*)" *:(?: +(.*))?$/s;
const singleKey = /^'([^']*)' *:(?: +(.*))?$/s;

/** Reads such a line without its indentation; undefined when it is none, or an odd one. */
export function readKeyLine(line: string): KeyLine | undefined {
  const match = plainKey.exec(line) ?? doubleKey.exec(line) ?? singleKey.exec(line);
  const key = match?.[1];
  if (key === undefined) return undefined;
  const rest = match?.[2]?.trim() ?? "";
  const comment = rest.startsWith("#") ? 0 : rest.indexOf(" #");
  return { key, rest: comment === -1 ? rest : rest.slice(0, comment).trimEnd() };
}

/** Whether what stands behind a key is an empty list or map, or a null that is written out. */
export function isNothing(rest: string): boolean {
  return /^(?:\[ *\]|\{ *\}|~|null|Null|NULL)$/.test(rest);
}

/** git's markers stand at the beginning of a line: `<<<<<<< HEAD`, `=======`, `>>>>>>> branch`. */
export function isConflictMarker(line: string): boolean {
  return /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/.test(line);
}
