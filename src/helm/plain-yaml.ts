import { readBlockScalar } from "./block-scalar.ts";
import { LineCursor, NotPlain, afterSpaces } from "./line-cursor.ts";
import { readPlainScalar } from "./plain-scalar.ts";
import { readQuotedScalar } from "./quoted-scalar.ts";
import type { SourceValue } from "./source-value.ts";

const newline = 10;
const space = 32;
const colon = 58;
const dash = 45;

/** Deeper documents are left to `yaml`, and few are. */
const deepest = 40;
/** YAML's limit for a key on one line. */
const longestKey = 1000;
/** What keys are made of that Helm and chart authors write: letters, digits, `_`, and further on `.`, `/`, `-`. */
const keyStart = characterTable(/[A-Za-z0-9_]/);
const keyCharacter = characterTable(/[A-Za-z0-9_./-]/);

/**
 * Reads the list of entries in the plain block style that Helm's own YAML writer uses, many times faster than
 * a full YAML parser. Either the result equals that of `parseYaml`, or it is undefined: the text uses
 * something else (anchors, tags, flow collections, tabs, …) and is for `parseYaml` to read.
 */
export function parsePlainYaml(source: string): SourceValue[] | undefined {
  const text = source.includes("\r") ? source.replaceAll("\r\n", "\n") : source;
  if (text.includes("\t") || text.includes("\r") || text.includes("\0")) return undefined;
  const cursor = new LineCursor(text);
  try {
    if (cursor.indent < 0 || !isDash(cursor)) return undefined;
    const list = readList(cursor, 0);
    return cursor.indent === -1 ? list : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** Whatever begins on the cursor's line, with all its lines deeper than `parent`. */
function readNode(cursor: LineCursor, parent: number, depth: number): SourceValue {
  if (depth > deepest) throw new NotPlain();
  if (isDash(cursor)) return readList(cursor, depth);
  if (keyEnd(cursor) !== -1) return readMap(cursor, depth);
  return readScalar(cursor, cursor.at, parent);
}

function readList(cursor: LineCursor, depth: number): SourceValue[] {
  const { indent } = cursor;
  const list: SourceValue[] = [];
  do {
    list.push(readItem(cursor, indent, depth));
  } while (cursor.indent === indent && isDash(cursor));
  if (cursor.indent > indent) throw new NotPlain();
  return list;
}

function readItem(cursor: LineCursor, indent: number, depth: number): SourceValue {
  const { text, at } = cursor;
  if (cursor.isRestEmpty(at + 1)) return readBelow(cursor, at + 1, indent, depth) ?? null;
  const content = afterSpaces(text, at + 1);
  cursor.at = content;
  cursor.indent = indent + content - at;
  if (isDash(cursor)) throw new NotPlain();
  return readNode(cursor, indent, depth + 1);
}

/** Reads what stands below a key or a dash that ends at `from`, deeper than it; undefined if nothing does. */
function readBelow(cursor: LineCursor, from: number, indent: number, depth: number): SourceValue | undefined {
  const { end } = cursor;
  const isBare = afterSpaces(cursor.text, from) >= end;
  cursor.advance();
  if (cursor.indent <= indent) return undefined;
  const isNextLine = cursor.at - cursor.indent === end + 1;
  // `yaml` stumbles over a comment between a key and a scalar.
  if (!(isBare && isNextLine) && !isDash(cursor) && keyEnd(cursor) === -1) throw new NotPlain();
  return readNode(cursor, indent, depth + 1);
}

function readMap(cursor: LineCursor, depth: number): Map<string, SourceValue> {
  const { indent, text } = cursor;
  const map = new Map<string, SourceValue>();
  do {
    const end = keyEnd(cursor);
    if (end === -1) throw new NotPlain();
    const key = text.slice(cursor.at, end);
    if (map.has(key) || key === "null" || key === "Null" || key === "NULL") throw new NotPlain();
    map.set(key, readValue(cursor, end + 1, indent, depth));
  } while (cursor.indent === indent);
  if (cursor.indent > indent) throw new NotPlain();
  return map;
}

function readValue(cursor: LineCursor, from: number, indent: number, depth: number): SourceValue {
  if (!cursor.isRestEmpty(from)) return readScalar(cursor, afterSpaces(cursor.text, from), indent);
  const below = readBelow(cursor, from, indent, depth);
  if (below !== undefined) return below;
  // A list may stand at the column of its key: Helm writes them so.
  return cursor.indent === indent && isDash(cursor) ? readList(cursor, depth + 1) : null;
}

function readScalar(cursor: LineCursor, from: number, parent: number): SourceValue {
  switch (cursor.text.charAt(from)) {
    case '"':
    case "'":
      return readQuotedScalar(cursor, from, parent);
    case "|":
    case ">":
      return readBlockScalar(cursor, from, parent);
    case "[":
    case "{":
      return readEmptyCollection(cursor, from);
    default:
      return readPlainScalar(cursor, from, parent);
  }
}

function readEmptyCollection(cursor: LineCursor, from: number): SourceValue {
  const brackets = cursor.text.slice(from, from + 2);
  if ((brackets !== "[]" && brackets !== "{}") || !cursor.isRestEmpty(from + 2)) throw new NotPlain();
  cursor.advance();
  return brackets === "[]" ? [] : new Map<string, SourceValue>();
}

function isDash({ text, at, end }: LineCursor): boolean {
  return text.charCodeAt(at) === dash && (at + 1 >= end || text.charCodeAt(at + 1) === space);
}

/** The position of the colon behind the key that begins at the cursor, or -1 where none does. */
function keyEnd({ text, at }: LineCursor): number {
  if (keyStart[text.charCodeAt(at)] !== 1) return -1;
  let end = at + 1;
  while (keyCharacter[text.charCodeAt(end)] === 1) end += 1;
  if (text.charCodeAt(end) !== colon || end - at > longestKey) return -1;
  const next = text.charCodeAt(end + 1);
  return next === space || next === newline || end + 1 >= text.length ? end : -1;
}

function characterTable(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0));
}
