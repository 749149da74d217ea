import { ByteWindow } from "./byte-window.ts";
import type { EntryDelivery } from "./entry-delivery.ts";
import { type Seed, seedOf } from "./fingerprint.ts";
import { type Complete, type Step, judgeTopLevel, more, odd, stopped, unusable } from "./index-outcome.ts";
import { JsonValueScanner } from "./json-value-scanner.ts";
import { OpenEntry } from "./open-entry.ts";

const comma = 44;
const colon = 58;
const quote = 34;
const backslash = 92;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;
const letterN = 110;

/** What the next byte that is no space may be. */
type Expected =
  "document" | "first key" | "key" | "colon" | "value" | "first element" | "element" | "separator" | "end";
/** What encloses it. */
type Level = "top" | "entries" | "chart";

const decoder = new TextDecoder();

/**
 * Splits an index in JSON into its entries while its bytes arrive. Three levels are looked at: the document,
 * `entries`, and the list of each chart; whatever stands elsewhere is passed over by its brackets.
 */
export class JsonSplitter {
  readonly #delivery: EntryDelivery;
  readonly #entryBytes: number;
  readonly #window = new ByteWindow();
  readonly #scanner = new JsonValueScanner();
  #at = 0;
  #expected: Expected = "document";
  #level: Level = "top";
  #key = "";
  #seed: Seed = seedOf("");
  /** The value that is being scanned, an entry or not; `#at` is how far the scan has come. */
  #value: OpenEntry | undefined;
  #hasEntries = false;
  #hasApiVersion = false;

  constructor(delivery: EntryDelivery, entryBytes: number) {
    this.#delivery = delivery;
    this.#entryBytes = entryBytes;
  }

  push(chunk: Uint8Array): Step {
    const shift = this.#window.append(chunk, this.#value?.start ?? this.#at);
    this.#at -= shift;
    if (this.#value !== undefined) this.#value.start -= shift;
    for (;;) {
      const before = this.#at;
      const step = this.#value === undefined ? this.#takeToken() : this.#scanValue(this.#value);
      if (step !== undefined) return step;
      if (this.#at === before && this.#value === undefined) return this.#wait();
    }
  }

  /** The stream is at its end. */
  end(): Complete | Step {
    if (this.#expected !== "end")
      return unusable("truncated", "The index is JSON and ends before it is closed.");
    const seen = { apiVersion: this.#hasApiVersion, entries: this.#hasEntries };
    return judgeTopLevel(seen, { kind: "complete", entries: this.#delivery.count, closed: true });
  }

  /** More bytes are needed for the next token: only a key may be unfinished, and keys are short. */
  #wait(): Step {
    return this.#window.bytes.length - this.#at > this.#entryBytes ? odd("a key is too long") : more;
  }

  /** undefined: go on. */
  #takeToken(): Step | undefined {
    const { bytes } = this.#window;
    while (isSpace(bytes[this.#at])) this.#at += 1;
    const byte = bytes[this.#at];
    if (byte === undefined) return more;
    switch (this.#expected) {
      case "document":
        return this.#next(byte === openBrace, "first key");
      case "first key":
        return byte === closeBrace ? this.#leave() : this.#takeKey(byte);
      case "key":
        return this.#takeKey(byte);
      case "colon":
        return this.#next(byte === colon, "value");
      case "value":
        return this.#takeValue(byte);
      case "first element":
        return byte === closeBracket ? this.#leave() : this.#beginValue();
      case "element":
        return this.#beginValue();
      case "separator":
        if (byte === (this.#level === "chart" ? closeBracket : closeBrace)) return this.#leave();
        return this.#next(byte === comma, this.#level === "chart" ? "element" : "key");
      case "end":
        break;
    }
    return odd("something stands behind the end of the JSON");
  }

  #next(isFine: boolean, expected: Expected): Step | undefined {
    if (!isFine) return odd("it is not valid JSON");
    this.#at += 1;
    this.#expected = expected;
    return undefined;
  }

  #leave(): Step | undefined {
    this.#at += 1;
    this.#expected = this.#level === "top" ? "end" : "separator";
    this.#level = this.#level === "chart" ? "entries" : "top";
    return undefined;
  }

  #takeKey(byte: number): Step | undefined {
    if (byte !== quote) return odd("it is not valid JSON");
    const { bytes } = this.#window;
    let end = this.#at + 1;
    while (end < bytes.length && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
    if (end >= bytes.length) return undefined;
    const key = stringOf(decoder.decode(bytes.subarray(this.#at, end + 1)));
    if (key === undefined) return odd("a key is not valid JSON");
    this.#at = end + 1;
    this.#key = key;
    this.#expected = "colon";
    return undefined;
  }

  #takeValue(byte: number): Step | undefined {
    if (this.#level === "top" && this.#key !== "entries") return this.#beginValue();
    if (this.#level === "top") {
      if (this.#hasEntries) return unusable("malformed", "The index has entries twice.");
      this.#hasEntries = true;
    }
    if (byte === letterN) return this.#beginValue();
    if (this.#level === "top") {
      this.#level = "entries";
      return this.#next(byte === openBrace, "first key");
    }
    this.#level = "chart";
    this.#seed = seedOf(this.#key);
    return this.#next(byte === openBracket, "first element");
  }

  #beginValue(): undefined {
    this.#value = new OpenEntry(this.#key, this.#seed, this.#at, this.#entryBytes);
    this.#scanner.begin();
  }

  #scanValue(value: OpenEntry): Step | undefined {
    const { bytes } = this.#window;
    this.#at = this.#scanner.scan(bytes, this.#at);
    if (this.#scanner.isOdd) return odd("a value has what JSON has not");
    if (!this.#scanner.isDone) {
      value.relieve(this.#window, this.#at);
      return more;
    }
    this.#value = undefined;
    this.#expected = "separator";
    const { start } = value;
    const length = this.#at - start;
    if (length === 0) return odd("a value is missing");
    const isNull = length === 4 && bytes[start] === letterN;
    if (this.#level === "chart") {
      return isNull || this.#delivery.deliver(value, this.#window, this.#at) ? undefined : stopped;
    }
    if (bytes[start] === letterN && !isNull) return odd("it is not valid JSON");
    if (this.#key === "apiVersion" && this.#level === "top") this.#hasApiVersion = length > 2 && !isNull;
    return undefined;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function stringOf(json: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === "string" ? parsed : undefined;
  } catch {
    return undefined;
  }
}
