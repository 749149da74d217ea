import type { RankedLine } from "./withdrawn-lines.ts";
import { chartClosing, chartOpening, chartSeparator, lineSeparator } from "../helm/index-layout.ts";

export interface WantedLines {
  /** All of them where it is left out. */
  charts?: ReadonlySet<string>;
  /** Charts that have other lines than the document says. */
  edited?: ReadonlyMap<string, readonly RankedLine[]>;
}

/**
 * newest.txt (src/storage/newest.ts) → the part of an index between its opening and its closing, with the lines
 * whose rank is at most `count`.
 *
 * Bytes are passed on or passed over as they come: no line is held or parsed, so that neither a long one nor
 * many take memory. Only the names of charts are read.
 */
export function newestLines(count: number, wanted: WantedLines): TransformStream<Uint8Array, Uint8Array> {
  const filter = new NewestFilter(count, wanted);
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = joined(filter.take(chunk));
      if (bytes.byteLength > 0) controller.enqueue(bytes);
    },
    flush(controller) {
      const end = filter.end();
      if (end.byteLength > 0) controller.enqueue(end);
    },
  });
}

/** The same of a document that is in memory. */
export function newestIn(document: Uint8Array, count: number, wanted: WantedLines): Uint8Array<ArrayBuffer> {
  const filter = new NewestFilter(count, wanted);
  return joined([...filter.take(document), filter.end()]);
}

const newline = 10;
const encoder = new TextEncoder();
const nothing = new Uint8Array();

class NewestFilter {
  readonly #count: number;
  readonly #wanted: WantedLines;
  /** Where in a line the next byte is: at its mark, in a chart's name, or in what is passed on or over. */
  #within: "mark" | "name" | "passed" | "skipped" = "mark";
  #name: Uint8Array[] = [];
  /** The chart whose lines follow, where they are wanted. */
  #chart: string | undefined;
  /** Whether a line of this chart was passed on, and of any chart. */
  #isOpen = false;
  #isBegun = false;

  constructor(count: number, wanted: WantedLines) {
    this.#count = count;
    this.#wanted = wanted;
  }

  take(chunk: Uint8Array): Uint8Array[] {
    const taken: Uint8Array[] = [];
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#within === "mark") {
        taken.push(this.#begin(chunk[at] ?? newline));
        at += 1;
      }
      const found = chunk.indexOf(newline, at);
      const part = chunk.subarray(at, found === -1 ? undefined : found);
      if (this.#within === "passed") taken.push(part);
      if (this.#within === "name") this.#name.push(part.slice());
      if (found !== -1) taken.push(this.#finishLine());
      at += part.byteLength + 1;
    }
    return taken;
  }

  end(): Uint8Array {
    return this.#isBegun ? encoder.encode(chartClosing) : nothing;
  }

  /** What a line begins with says what becomes of it. @returns what has to stand before it */
  #begin(mark: number): Uint8Array {
    const rank = Number.parseInt(String.fromCharCode(mark), 16);
    if (rank === 0) {
      this.#within = "name";
      return nothing;
    }
    // What is no mark is NaN, which is not at most anything.
    this.#within = this.#chart !== undefined && rank <= this.#count ? "passed" : "skipped";
    return this.#within === "passed" ? encoder.encode(this.#before(this.#chart ?? "")) : nothing;
  }

  #before(chart: string): string {
    if (this.#isOpen) return lineSeparator;
    const before = this.#isBegun ? `${chartClosing}${chartSeparator}` : "";
    this.#isOpen = true;
    this.#isBegun = true;
    return `${before}${chartOpening(chart)}`;
  }

  /** @returns what stands in place of the lines that follow */
  #finishLine(): Uint8Array {
    let instead: Uint8Array = nothing;
    if (this.#within === "name") {
      const chart: unknown = JSON.parse(new TextDecoder().decode(joined(this.#name)));
      const isWanted = typeof chart === "string" && this.#wanted.charts?.has(chart) !== false;
      const edited = isWanted ? this.#wanted.edited?.get(chart) : undefined;
      this.#chart = isWanted && edited === undefined ? chart : undefined;
      this.#name = [];
      this.#isOpen = false;
      if (isWanted && edited !== undefined) instead = this.#edited(chart, edited);
    }
    this.#within = "mark";
    return instead;
  }

  #edited(chart: string, lines: readonly RankedLine[]): Uint8Array {
    const listed = lines.filter(({ rank }) => rank <= this.#count);
    return encoder.encode(listed.map(({ line }) => `${this.#before(chart)}${line}`).join(""));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
