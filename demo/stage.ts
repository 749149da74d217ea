import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters, styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Columns; terminals that are narrower get shorter lines. */
const widest = 96;
const told = "    ";
const printed = "      ";
/** Milliseconds in which a person reads what stands there, before the next thing comes. */
const pauses = { line: 900, command: 700, chapter: 2200 } as const;

/** Where the story is told: prints it, in colours and with pauses where a person looks at a terminal. */
export class Stage {
  readonly #screen: NodeJS.WriteStream;
  readonly #ended: AbortSignal;
  readonly #width: number;

  /** @param ended makes an end of every pause */
  constructor(screen: NodeJS.WriteStream, ended: AbortSignal) {
    this.#screen = screen;
    this.#ended = ended;
    this.#width = Math.min(screen.columns > 0 ? screen.columns : widest, widest);
  }

  heading(text: string): void {
    this.#write(`\n${this.#styled("bold", text)}\n\n`);
  }

  async chapter(number: number, title: string): Promise<void> {
    await this.#pause(pauses.chapter);
    this.#write(
      `\n${this.#styled(["bold", "cyan", "inverse"], ` ${number} `)} ${this.#styled("bold", title)}\n`,
    );
  }

  /** Who does what comes next. */
  async scene(text: string): Promise<void> {
    await this.#pause(pauses.line);
    this.#write(`\n${told}${this.#styled(["bold", "underline"], text)}\n`);
  }

  async say(text: string): Promise<void> {
    await this.#pause(pauses.line);
    this.#paragraph(told, told, text);
  }

  /** What turned out well for somebody, or badly. */
  async result(text: string, kind: "good" | "bad"): Promise<void> {
    await this.#pause(pauses.line);
    const mark = kind === "good" ? "✓ " : "✗ ";
    this.#paragraph(`${told}${mark}`, `${told}  `, text, kind === "good" ? "green" : "red");
  }

  /** In the way of a shell, where it takes more than one line. */
  async command(text: string, prompt = "$ "): Promise<void> {
    await this.#pause(pauses.command);
    const lines = wrapped(text, this.#width - printed.length - 4);
    lines.forEach((line, index) => {
      const start = index === 0 ? told + this.#styled("cyan", prompt) : `${printed}  `;
      this.#write(`${start}${this.#styled("bold", line)}${index < lines.length - 1 ? " \\" : ""}\n`);
    });
  }

  /** What a command has printed, or a server has answered. */
  output(text: string, kind: "plain" | "error" = "plain"): void {
    const format = kind === "error" ? "red" : "dim";
    for (const line of stripVTControlCharacters(text).split("\n")) {
      if (line.trim() === "") continue;
      const [indent = ""] = /^\s*/.exec(line) ?? [];
      const start = printed + withoutTabs(indent);
      const said = line.trim();
      if (said.includes("\t")) this.#paragraph(start, start, rowOf(said, this.#width - start.length), format);
      else this.#paragraph(start, start, said, format);
    }
  }

  line(text = ""): void {
    this.#write(`${text}\n`);
  }

  #paragraph(first: string, others: string, text: string, format?: Format): void {
    wrapped(text, this.#width - first.length).forEach((line, index) => {
      const whole = `${index === 0 ? first : others}${line}`;
      this.#write(`${format === undefined ? whole : this.#styled(format, whole)}\n`);
    });
  }

  #styled(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#screen }); // knows of NO_COLOR, and what is no terminal
  }

  #write(text: string): void {
    this.#screen.write(text);
  }

  async #pause(milliseconds: number): Promise<void> {
    if (!this.#screen.isTTY) return;
    await delay(milliseconds, undefined, { signal: this.#ended }).catch(() => undefined);
  }
}

/** Broken at spaces; a word that is longer than a line gets a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const fits = rest.lastIndexOf(" ", width);
    const end = fits > 0 ? fits : rest.indexOf(" ", width);
    if (end === -1) break;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** A row of a table, which is cut: broken, its columns would be none. Helm pads them, and puts tabs between. */
function rowOf(line: string, width: number): string {
  const row = withoutTabs(line);
  return row.length > width ? `${row.slice(0, width - 1).trimEnd()}…` : row;
}

const withoutTabs = (text: string): string => text.replaceAll("\t", "  ");
