import { type LineCursor, NotPlain, afterSpaces, lineEnd } from "./line-cursor.ts";

const headerPattern = /^([|>])([1-9]?)(-?)$/;

/**
 * Reads a block scalar whose header stands at `from`, and moves on behind it. Its lines are indented deeper
 * than `parent`. Throws NotPlain for what is rare, such as line breaks that are kept at the end (`|+`).
 */
export function readBlockScalar(cursor: LineCursor, from: number, parent: number): string {
  const { text } = cursor;
  const header = headerPattern.exec(text.slice(from, cursor.end).trimEnd());
  if (header === null) throw new NotPlain();
  const indent = header[2] === "" ? -1 : parent + Number(header[2]);
  const isFolded = header[1] === ">";
  // Folding lines that begin with a space has its own rules for the first one.
  if (isFolded && indent !== -1) throw new NotPlain();
  const { lines, next } = blockLines(text, cursor.end + 1, parent, indent);
  if (lines.length === 0) throw new NotPlain();
  cursor.goTo(next);
  const body = isFolded ? foldBlock(lines) : lines.join("\n");
  return header[3] === "-" ? body : `${body}\n`;
}

/**
 * The lines of a block without their indentation and without the blank ones at the end. `given` is the
 * indentation that the header says, or -1: that of the first line counts.
 */
function blockLines(text: string, start: number, parent: number, given: number) {
  const lines: string[] = [];
  let indent = given;
  let filled = 0;
  let at = start;
  while (at < text.length) {
    const content = afterSpaces(text, at);
    const end = lineEnd(text, content);
    const depth = content - at;
    if (content >= end) {
      // Spaces beyond the indentation are content of a blank line, in several ways: left to `yaml`.
      if (depth > parent + 1 && depth > indent) throw new NotPlain();
      lines.push("");
    } else {
      if (indent === -1 && depth > parent) indent = depth;
      if (depth < indent || indent === -1) {
        if (depth > parent) throw new NotPlain();
        break;
      }
      lines.push(text.slice(at + indent, end));
      filled = lines.length;
    }
    at = end + 1;
  }
  lines.length = filled;
  return { lines, next: at };
}

/** YAML 1.2, section 8.1.3: lines that begin with a space keep the line breaks around them. */
function foldBlock(lines: string[]): string {
  let folded = "";
  let breaks = 0;
  let wasDeeper = false;
  for (const [number, line] of lines.entries()) {
    if (line === "") {
      breaks += 1;
      continue;
    }
    const isDeeper = line.startsWith(" ");
    if (number === breaks) folded = "\n".repeat(breaks) + line;
    else if (isDeeper || wasDeeper) folded += "\n".repeat(breaks + 1) + line;
    else folded += (breaks === 0 ? " " : "\n".repeat(breaks)) + line;
    breaks = 0;
    wasDeeper = isDeeper;
  }
  return folded;
}
