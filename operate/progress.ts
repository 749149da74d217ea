import { createLogUpdate } from "log-update";
import { isPaintable } from "../local/display.ts";
import { plainText } from "../local/plain-text.ts";

/** One line that says how far it is: painted again in place on a terminal, otherwise a line for each change. */
export class Progress {
  readonly #screen: NodeJS.WriteStream;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #told = "";

  constructor(screen: NodeJS.WriteStream) {
    this.#screen = screen;
    this.#update = isPaintable(screen) ? createLogUpdate(screen) : undefined;
  }

  show(line: string): void {
    const text = plainText(line);
    if (text === this.#told) return;
    this.#told = text;
    if (this.#update === undefined) this.#screen.write(`${text}\n`);
    else this.#update(text.slice(0, this.#screen.columns));
  }

  end(): void {
    this.#update?.clear();
    this.#update?.done();
  }
}
