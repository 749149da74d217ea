import type { WorkerdProcess } from "../support/workerd-process.ts";

const interval = 500;

/** Resident memory of workerd, looked at twice a second. */
export class Memory implements Disposable {
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(workerd: WorkerdProcess) {
    this.#timer = setInterval(() => this.#samples.push(workerd.residentBytes()), interval);
  }

  /** Bytes: the means of the first and the last third, and the most there ever was. */
  get figures(): { first: number; last: number; most: number } {
    const third = Math.max(1, Math.floor(this.#samples.length / 3));
    return {
      first: mean(this.#samples.slice(0, third)),
      last: mean(this.#samples.slice(-third)),
      most: this.#samples.reduce((most, sample) => Math.max(most, sample), 0),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
