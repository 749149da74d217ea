import type { ByteWindow } from "./byte-window.ts";
import { type Seed, fingerprintOf } from "./fingerprint.ts";

/** As much of an entry that is too large goes into its fingerprint, beside its length. */
const headBytes = 4096;

/** An entry that is being read: where its bytes begin in a window, and what was let go of if it is too large. */
export class OpenEntry {
  readonly chart: string;
  start: number;
  readonly #seed: Seed;
  readonly #limit: number;
  #swallowed = 0;
  #head: number | undefined;

  constructor(chart: string, seed: Seed, start: number, limit: number) {
    this.chart = chart;
    this.start = start;
    this.#seed = seed;
    this.#limit = limit;
  }

  /** Lets go of the bytes before `position`, if the entry is too large to be parsed anyway. */
  relieve(window: ByteWindow, position: number): void {
    if (!this.isTooLarge(position)) return;
    this.#head ??= this.#headFingerprint(window, position);
    this.#swallowed += position - this.start;
    this.start = position;
  }

  isTooLarge(end: number): boolean {
    return this.#swallowed + end - this.start > this.#limit;
  }

  fingerprint(window: ByteWindow, end: number): number {
    if (!this.isTooLarge(end)) return fingerprintOf(this.#seed, window.view, this.start, end);
    const length = this.#swallowed + end - this.start;
    const head = this.#head ?? this.#headFingerprint(window, end);
    return (head + length * 0x1_0000_0000) % Number.MAX_SAFE_INTEGER;
  }

  #headFingerprint(window: ByteWindow, end: number): number {
    const head = Math.min(this.start + headBytes, this.start + this.#limit, end);
    return fingerprintOf(this.#seed, window.view, this.start, head);
  }
}
