/**
 * Lets so many bytes be held at a time: archives are read whole before they are stored, several at once,
 * in an isolate of 128 MB. What is larger than the gate passes alone.
 */
export class MemoryGate {
  #held = 0;
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    while (this.#held > 0 && this.#held + bytes > this.#capacity) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#held += bytes;
    try {
      return await work();
    } finally {
      this.#held -= bytes;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}
