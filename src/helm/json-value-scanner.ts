const quote = 34;
const backslash = 92;
const hash = 35;
const apostrophe = 39;
const comma = 44;
const colon = 58;

/**
 * Finds where a JSON value ends, over any number of chunks. It counts brackets and passes over texts; whether
 * the value is valid is for the parser to say. Helm reads what is not valid as YAML, which has comments, and
 * texts of other kinds: what may be in one of these is odd, because brackets and quotes in it do not count.
 */
export class JsonValueScanner {
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  /** Whether the position that scan returned last is behind the value. */
  isDone = false;
  /** Whether something was seen by which YAML may find another end of the value; nothing is scanned behind it. */
  isOdd = false;
  /** Whether a text may begin: behind what separates values. A quote elsewhere would turn all texts inside out. */
  #mayBeginText = true;

  /** The next byte that is scanned is a value's first. */
  begin(): void {
    this.#depth = 0;
    this.#isText = false;
    this.#isEscaped = false;
    this.isDone = false;
    this.#mayBeginText = true;
  }

  /** Scans on; returns the position behind the value, or behind the last byte while the value is unfinished. */
  scan(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#isText) {
        at = this.#scanText(bytes, at);
        if (this.#isText) return at;
        if (this.#depth === 0) return this.#done(at);
        continue;
      }
      const byte = bytes[at] ?? 0;
      if (byte === hash || byte === apostrophe || (byte === quote && !this.#mayBeginText)) {
        this.isOdd = true;
        return at;
      }
      if (byte > 32) this.#mayBeginText = byte === comma || byte === colon || byte === 123 || byte === 91;
      if (byte === quote) {
        this.#isText = true;
      } else if (byte === 123 || byte === 91) {
        this.#depth += 1;
      } else if (byte === 125 || byte === 93) {
        if (this.#depth === 0) return this.#done(at);
        this.#depth -= 1;
        if (this.#depth === 0) return this.#done(at + 1);
      } else if (this.#depth === 0 && (byte === comma || byte <= 32)) {
        return this.#done(at);
      }
      at += 1;
    }
    return at;
  }

  #done(at: number): number {
    this.isDone = true;
    return at;
  }

  #scanText(bytes: Uint8Array, from: number): number {
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at += 1;
    }
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === quote) {
        this.#isText = false;
        return at + 1;
      }
      if (byte === backslash) at += 1;
    }
    this.#isEscaped = at > bytes.length;
    return bytes.length;
  }
}
