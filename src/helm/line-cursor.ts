const newline = 10;
const space = 32;
const hash = 35;

/** Thrown where a text leaves the plain subset; it never leaves this folder. */
export class NotPlain extends Error {
  override name = "NotPlain";
}

/** Walks over the lines of a text that have content: comments and blank lines are passed over. */
export class LineCursor {
  readonly text: string;
  /** Where the content begins, or where a value on the line is to be read. */
  at = 0;
  /** The column of `at`; -1 after the last line. */
  indent = -1;
  /** Where the line ends: its newline, or the end of the text. */
  end = 0;

  constructor(text: string) {
    this.text = text;
    this.goTo(0);
  }

  /** To the next line with content. */
  advance(): void {
    this.goTo(this.end + 1);
  }

  /** To the first line with content at or after `lineStart`. */
  goTo(lineStart: number): void {
    const { text } = this;
    let start = lineStart;
    while (start < text.length) {
      const content = afterSpaces(text, start);
      const code = text.charCodeAt(content);
      if (code === newline) {
        start = content + 1;
        continue;
      }
      const end = lineEnd(text, content);
      if (code !== hash && content < text.length) {
        this.at = content;
        this.indent = content - start;
        this.end = end;
        return;
      }
      start = end + 1;
    }
    this.at = text.length;
    this.end = text.length;
    this.indent = -1;
  }

  /** Whether nothing but a comment follows on a line. `from` stands behind a value. */
  isRestEmpty(from: number): boolean {
    const rest = afterSpaces(this.text, from);
    const code = this.text.charCodeAt(rest);
    return rest >= this.text.length || code === newline || (code === hash && rest > from);
  }
}

export function afterSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === space) at += 1;
  return at;
}

/** The position of the newline that ends the line in which `from` stands, or the text's length. */
export function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
