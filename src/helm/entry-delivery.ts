import type { ByteWindow } from "./byte-window.ts";
import { type ParsedEntry, dropped } from "./chart-entry.ts";
import type { OpenEntry } from "./open-entry.ts";

export interface RawEntry {
  /** The key in `entries` under which it stands. */
  chart: string;
  /** A non-negative safe integer over that key and the entry's bytes: recognises an entry from earlier reads. */
  fingerprint: number;
  /**
   * Parses only now; valid only while the visitor is shown the entry. What it throws is for readIndex, which
   * then reads the document in another way: let it pass.
   */
  parse(): ParsedEntry;
}

export interface IndexVisitor {
  /** Called for every entry in the order of the document. Return false to stop reading (budget spent). */
  entry(raw: RawEntry): boolean;
  /** Everything visited so far is void: the document is read again, in another way. */
  restart(): void;
}

/** The entry refers to an anchor elsewhere in the document: it cannot be parsed by itself. */
export class NeedsWholeDocument extends Error {
  override name = "NeedsWholeDocument";
}

const decoder = new TextDecoder();

/** Hands entries to the visitor, as bytes until they are to be parsed. */
export class EntryDelivery {
  /** How many entries were handed over. */
  count = 0;
  readonly #visitor: IndexVisitor;
  readonly #parse: (chart: string, text: string) => ParsedEntry;

  constructor(visitor: IndexVisitor, parse: (chart: string, text: string) => ParsedEntry) {
    this.#visitor = visitor;
    this.#parse = parse;
  }

  /** The visitor's answer: false to stop. */
  deliver(entry: OpenEntry, window: ByteWindow, end: number): boolean {
    this.count += 1;
    const { chart, start } = entry;
    const fingerprint = entry.fingerprint(window, end);
    if (entry.isTooLarge(end)) {
      const parse = () => dropped(chart, "", "entry-too-large", "the entry is larger than the mirror takes");
      return this.#visitor.entry({ chart, fingerprint, parse });
    }
    const parse = () => this.#parse(chart, decoder.decode(window.bytes.subarray(start, end)));
    return this.#visitor.entry({ chart, fingerprint, parse });
  }
}
