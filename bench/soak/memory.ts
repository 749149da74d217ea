import type { WorkerdProcess } from "../support/workerd-process.ts";

const interval = 500;

/** Resident memory of workerd, looked at twice a second. */
export class Memory implements Disposable {
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(workerd: WorkerdProcess) {
    this.#timer = setInterval(() => this.#samples.push(workerd.residentBytes()), interval);
  }

  /** Bytes: the means of the first and the last third, the most there ever was, and the mean of each tenth. */
  get figures(): { first: number; last: number; most: number; course: number[] } {
    const third = Math.max(1, Math.floor(this.#samples.length / 3));
    const tenth = Math.max(1, Math.floor(this.#samples.length / 10));
    return {
      first: mean(this.#samples.slice(0, third)),
      last: mean(this.#samples.slice(-third)),
      course: Array.from({ length: 10 }, (_, part) =>
        mean(this.#samples.slice(part * tenth, (part + 1) * tenth)),
      ),
      most: this.#samples.reduce((most, sample) => Math.max(most, sample), 0),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
