import type { Trouble } from "./plan.ts";

/** How far a restore is, and what was wrong on the way. */
export class Tally {
  /** Archives that shall be there in the end. */
  total = 0;
  /** Archives that are dealt with, well or not. */
  done = 0;
  /** Archives fetched and verified. */
  fetched = 0;
  /** Archives that were there already, with the right digest. */
  there = 0;
  /** Archives that have their provenance beside them. */
  signed = 0;
  /** Small files that are in place. */
  readonly files: string[] = [];
  /** Bytes that came over the network for archives. */
  bytes = 0;
  readonly trouble: Trouble[] = [];

  add(kind: Trouble["kind"], what: string, why: string): void {
    this.trouble.push({ kind, what, why });
  }

  async *counting(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.bytes += chunk.byteLength;
      yield chunk;
    }
  }
}
