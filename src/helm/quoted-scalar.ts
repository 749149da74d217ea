import { type LineCursor, NotPlain, afterSpaces, lineEnd } from "./line-cursor.ts";

const escapes: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["/", "/"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);
const hexLengths: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** Reads a scalar in single or double quotes at `from` and moves on behind it. Throws NotPlain where it is a key. */
export function readQuotedScalar(cursor: LineCursor, from: number, parent: number): string {
  const { text } = cursor;
  const double = text.charAt(from) === '"';
  const close = double ? closingDouble(text, from) : closingSingle(text, from);
  if (close === -1 || !cursor.isRestEmpty(close + 1)) throw new NotPlain();
  const inner = text.slice(from + 1, close);
  const folded = close > cursor.end ? foldLines(inner, parent, double) : inner;
  cursor.goTo(lineEnd(text, close) + 1);
  if (double) return folded.includes("\\") ? unescape(folded) : folded;
  return folded.includes("'") ? folded.replaceAll("''", "'") : folded;
}

function closingDouble(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at !== -1 && isEscaped(text, at, from)) at = text.indexOf('"', at + 1);
  return at;
}

function isEscaped(text: string, at: number, from: number): boolean {
  let first = at;
  while (first - 1 > from && text.charAt(first - 1) === "\\") first -= 1;
  return (at - first) % 2 === 1;
}

function closingSingle(text: string, from: number): number {
  let at = text.indexOf("'", from + 1);
  while (at !== -1 && text.charAt(at + 1) === "'") at = text.indexOf("'", at + 2);
  return at;
}

/** YAML 1.2, section 6.5: one line break is a space, more are one less; the spaces around them do not count. */
function foldLines(inner: string, parent: number, double: boolean): string {
  const pieces: string[] = [];
  const lines = inner.split("\n");
  let isJoined = false; // by a backslash at the end of the line before
  let breaks = 0;
  for (const [number, line] of lines.entries()) {
    const isFirst = number === 0;
    const isLast = number === lines.length - 1;
    const indent = isFirst ? 0 : afterSpaces(line, 0);
    breaks += 1;
    if (indent === line.length && !isFirst && !isLast) continue;
    if (!isFirst && indent <= parent) throw new NotPlain(); // libyaml takes it, `yaml` does not
    if (isJoined && breaks > 1) throw new NotPlain();
    if (!isFirst && !isJoined) pieces.push(foldedBreaks(breaks));
    const content = isLast ? line.slice(indent) : trimmedEnd(line.slice(indent), double);
    isJoined = !isLast && double && endsInEscape(content);
    pieces.push(isJoined ? content.slice(0, -1) : content);
    breaks = 0;
  }
  return pieces.join("");
}

function foldedBreaks(breaks: number): string {
  return breaks === 1 ? " " : "\n".repeat(breaks - 1);
}

function trimmedEnd(line: string, double: boolean): string {
  let end = line.length;
  while (line.charAt(end - 1) === " ") end -= 1;
  if (end === line.length) return line;
  const trimmed = line.slice(0, end);
  if (double && endsInEscape(trimmed)) throw new NotPlain(); // the escaped space would stay
  return trimmed;
}

function endsInEscape(line: string): boolean {
  return line.endsWith("\\") && isEscaped(line, line.length, -1);
}

function unescape(folded: string): string {
  let plain = "";
  let from = 0;
  for (let at = folded.indexOf("\\"); at !== -1; at = folded.indexOf("\\", from)) {
    const letter = folded.charAt(at + 1);
    const digits = hexLengths.get(letter) ?? 0;
    plain +=
      folded.slice(from, at) +
      (escapes.get(letter) ?? character(folded.slice(at + 2, at + 2 + digits), digits));
    from = at + 2 + digits;
  }
  return plain + folded.slice(from);
}

function character(hex: string, digits: number): string {
  const code = Number.parseInt(hex, 16);
  if (digits === 0 || hex.length !== digits || /[^0-9a-f]/i.test(hex) || code > 0x10ffff)
    throw new NotPlain();
  return String.fromCodePoint(code);
}
