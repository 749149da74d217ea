import { EntryDelivery, type IndexVisitor, NeedsWholeDocument } from "./entry-delivery.ts";
import { parseJsonEntry, parseYamlEntry } from "./entry-text.ts";
import { type Complete, type IndexOutcome, type Step, odd, unusable } from "./index-outcome.ts";
import { JsonSplitter } from "./json-splitter.ts";
import { readWholeDocument } from "./whole-document.ts";
import { YamlSplitter } from "./yaml-splitter.ts";

export type { DropCode, ParsedEntry } from "./chart-entry.ts";
export type { IndexVisitor, RawEntry } from "./entry-delivery.ts";
export type { IndexOutcome, UnusableCode } from "./index-outcome.ts";

export interface IndexLimits {
  /** A larger index is refused. */
  indexBytes: number;
  /** A larger entry is dropped. */
  entryBytes: number;
  /** A larger index is refused if it is written in a style that must be parsed as a whole. */
  fallbackBytes: number;
}

/**
 * Reads a Helm index, YAML or JSON, from its bytes as they arrive, and shows its entries to the visitor one by
 * one. Memory: a chunk, two entries, and up to `fallbackBytes`. Leaving early, and a visitor that throws,
 * cancel the stream. An error of the stream itself is thrown; whatever is wrong with the document is an outcome.
 * Entries that were shown before an unusable outcome prove nothing.
 */
export async function readIndex(
  body: AsyncIterable<Uint8Array>,
  limits: IndexLimits,
  visitor: IndexVisitor,
): Promise<IndexOutcome> {
  const reading = new Reading(limits, visitor);
  for await (const chunk of body) {
    const outcome = reading.take(chunk);
    if (outcome !== undefined) return outcome;
  }
  return reading.end();
}

const openBrace = 123;

interface Splitter {
  push(chunk: Uint8Array): Step;
  end(): Complete | Step;
}

class Reading {
  readonly #limits: IndexLimits;
  readonly #visitor: IndexVisitor;
  #total = 0;
  /** Everything so far, for a second reading; undefined once that would be too much. */
  #held: Uint8Array[] | undefined = [];
  /** undefined until the first byte with content shows what this is. */
  #splitter: Splitter | undefined;
  /** Why the document is to be read as a whole. */
  #oddity: string | undefined;

  constructor(limits: IndexLimits, visitor: IndexVisitor) {
    this.#limits = limits;
    this.#visitor = visitor;
  }

  /** undefined: go on. */
  take(chunk: Uint8Array): IndexOutcome | undefined {
    this.#total += chunk.length;
    if (this.#total > this.#limits.indexBytes) return this.#tooLarge();
    if (chunk.includes(0)) return unusable("binary", "The index has NUL bytes: this is no text.");
    this.#held?.push(chunk.slice());
    const outcome = this.#splitter === undefined ? this.#begin() : this.#goOn(this.#splitter, chunk);
    if (this.#total > this.#limits.fallbackBytes) this.#held = undefined;
    return outcome;
  }

  end(): IndexOutcome {
    if (this.#oddity !== undefined) return this.#readWhole(this.#oddity);
    if (this.#splitter === undefined) return unusable("empty", `The index is empty: ${this.#total} bytes.`);
    const splitter = this.#splitter;
    const step = attempt(() => splitter.end());
    if (step.kind === "odd") {
      this.#visitor.restart();
      return this.#readWhole(step.why);
    }
    return step.kind === "more" ? unusable("truncated", "The index ends too early.") : step;
  }

  /** Looks for the first byte with content: it tells JSON from YAML. */
  #begin(): IndexOutcome | undefined {
    if (this.#held === undefined)
      return unusable("not-an-index", "The index begins with nothing but blanks.");
    const start = joined(this.#held);
    const content = contentStart(start);
    if (content === undefined) return undefined;
    const { entryBytes } = this.#limits;
    const splitter =
      start[content] === openBrace
        ? new JsonSplitter(new EntryDelivery(this.#visitor, parseJsonEntry), entryBytes)
        : new YamlSplitter(new EntryDelivery(this.#visitor, parseYamlEntry), entryBytes);
    this.#splitter = splitter;
    return this.#goOn(splitter, hasMark(start) ? start.subarray(3) : start);
  }

  #goOn(splitter: Splitter, chunk: Uint8Array): IndexOutcome | undefined {
    if (this.#oddity === undefined) {
      const step = attempt(() => splitter.push(chunk));
      if (step.kind === "stopped" || step.kind === "unusable") return step;
      if (step.kind !== "odd") return undefined;
      this.#visitor.restart();
      this.#oddity = step.why;
    }
    return this.#total > this.#limits.fallbackBytes ? this.#tooOdd(this.#oddity) : undefined;
  }

  #readWhole(why: string): IndexOutcome {
    if (this.#held === undefined) return this.#tooOdd(why);
    return readWholeDocument(new TextDecoder().decode(joined(this.#held)), this.#visitor);
  }

  #tooOdd(why: string): IndexOutcome {
    const { fallbackBytes } = this.#limits;
    const limit = `larger than ${fallbackBytes} bytes`;
    return unusable(
      "too-odd",
      `The index cannot be read piece by piece (${why}), and as a whole it is ${limit}.`,
    );
  }

  #tooLarge(): IndexOutcome {
    return unusable("too-large", `The index is larger than ${this.#limits.indexBytes} bytes.`);
  }
}

/** An entry that cannot be parsed by itself makes the document odd. */
function attempt(act: () => Complete | Step): Complete | Step {
  try {
    return act();
  } catch (error) {
    if (error instanceof NeedsWholeDocument) return odd(error.message);
    throw error;
  }
}

/** The UTF-8 byte order mark, which Windows editors write. */
function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** The first byte that is neither blank nor part of a byte order mark; undefined while there is none. */
function contentStart(bytes: Uint8Array): number | undefined {
  if (bytes[0] === 0xef && bytes.length < 3) return undefined;
  const start = hasMark(bytes) ? 3 : 0;
  const place = bytes.subarray(start).findIndex((byte) => byte > 32);
  return place === -1 ? undefined : start + place;
}

function joined(chunks: Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(chunks.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
