import { type LineCursor, NotPlain, afterSpaces } from "./line-cursor.ts";

const newline = 10;
const space = 32;
const hash = 35;
const colon = 58;

/** What a plain scalar must not begin with: YAML's indicators. `-`, `?` and `:` may, but rarely do. */
const indicators = new Set("-?:,[]{}#&*!|>'\"%@`");
const nulls = new Set(["~", "null", "Null", "NULL"]);

/**
 * Reads a scalar without quotes at `from` and moves on behind it. Its further lines are indented deeper
 * than `parent`. Throws NotPlain for what could also be read in another way.
 */
export function readPlainScalar(cursor: LineCursor, from: number, parent: number): string | null {
  const { text } = cursor;
  const first = text.charAt(from);
  if (indicators.has(first)) {
    const second = text.charCodeAt(from + 1);
    if (first !== "-" || second === space || from + 1 >= cursor.end) throw new NotPlain();
  }
  const firstEnd = plainEnd(text, from, cursor.end);
  const line = text.slice(from, firstEnd);
  const commented = afterSpaces(text, firstEnd) < cursor.end;
  const lines = commented ? line : foldedLines(cursor, line, parent);
  if (commented) cursor.advance();
  return isNull(lines) && lines === line ? null : lines;
}

/** V8 enters every text that a set is asked for into a table of its own: a long one costs more than reading it. */
function isNull(text: string): boolean {
  return text.length <= 4 && nulls.has(text);
}

/** Adds the lines that continue a scalar; leaves the cursor at the first line that does not. */
function foldedLines(cursor: LineCursor, first: string, parent: number): string {
  const { text } = cursor;
  let folded = first;
  let before = cursor.end;
  for (;;) {
    cursor.advance();
    if (cursor.indent <= parent) return folded;
    const breaks = blankLines(text, before, cursor.at - cursor.indent);
    const end = plainEnd(text, cursor.at, cursor.end);
    if (afterSpaces(text, end) < cursor.end) throw new NotPlain(); // a comment: rare between lines
    folded += (breaks === 0 ? " " : "\n".repeat(breaks)) + text.slice(cursor.at, end);
    before = cursor.end;
  }
}

/** How many blank lines stand between two lines; a comment there ends a scalar, which is left to `yaml`. */
function blankLines(text: string, lineBreak: number, nextLine: number): number {
  let breaks = -1;
  for (let at = lineBreak; at < nextLine; at += 1) {
    const code = text.charCodeAt(at);
    if (code === newline) breaks += 1;
    else if (code !== space) throw new NotPlain();
  }
  return breaks;
}

/** Where the plain text of a line ends: before a comment and the spaces at the end. */
function plainEnd(text: string, from: number, lineEnds: number): number {
  let end = lineEnds;
  for (let at = from; at < lineEnds; at += 1) {
    const code = text.charCodeAt(at);
    if (code === colon) {
      if (at + 1 >= lineEnds || text.charCodeAt(at + 1) === space) throw new NotPlain(); // a key
    } else if (code === hash && at > from && text.charCodeAt(at - 1) === space) {
      end = at;
      break;
    }
  }
  while (end > from && text.charCodeAt(end - 1) === space) end -= 1;
  return end;
}
