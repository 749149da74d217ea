import { createLogUpdate } from "log-update";
import { isPaintable } from "../local/display.ts";
import { plainText } from "../local/plain-text.ts";
import { progressLine } from "./progress.ts";
import type { Tally } from "./tally.ts";

const paintedEvery = 200;
/** For logs. */
const toldEvery = 10_000;

/** Shows how far a restore is: repainted in place on a terminal, otherwise a line now and then. */
export class Display {
  readonly #screen: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #told = "";

  constructor(screen: NodeJS.WriteStream) {
    this.#screen = screen;
    this.#update = isPaintable(screen) ? createLogUpdate(screen) : undefined;
  }

  /** A line that stays. What mirrors and indexes say is made harmless. */
  say(line: string): void {
    const text = (/^ */.exec(line)?.[0] ?? "") + plainText(line);
    if (this.#update === undefined) this.#screen.write(`${text}\n`);
    else this.#update.persist(text);
  }

  begin(tally: Tally): void {
    const began = Date.now();
    const tell = () => this.#tell(progressLine(tally, Date.now() - began), tally.done);
    this.#timer = setInterval(tell, this.#update === undefined ? toldEvery : paintedEvery);
  }

  /** From here on, lines that stay. */
  end(): void {
    clearInterval(this.#timer);
    this.#update?.clear();
    this.#update?.done();
  }

  #tell(line: string, done: number): void {
    if (this.#update !== undefined) {
      const { columns } = this.#screen;
      this.#update(line.length > columns ? `${line.slice(0, columns - 1)}…` : line);
      return;
    }
    // A log needs no line in which nothing is new.
    if (this.#told !== String(done)) this.say(line);
    this.#told = String(done);
  }
}
