import { ByteWindow } from "./byte-window.ts";
import { isCutOff } from "./cut-off.ts";
import type { EntryDelivery } from "./entry-delivery.ts";
import { readYamlItem } from "./entry-text.ts";
import { type Seed, seedOf } from "./fingerprint.ts";
import { type Complete, type Step, type Unusable, more, odd, stopped, unusable } from "./index-outcome.ts";
import { isConflictMarker, isNothing, readKeyLine } from "./key-line.ts";
import { OpenEntry } from "./open-entry.ts";
import type { SourceValue } from "./source-value.ts";
import { TopLevel } from "./top-level.ts";

const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const hash = 35;
const dash = 45;
const lessThan = 60;
const blanks = new Set([space, newline, carriageReturn, tab]);
/** A null that is written `~`, or stands behind a comment, an anchor or a tag. */
const nullStarts = new Set([126, hash, 38, 33]);

/** Where the next line stands: see the table in {@link YamlSplitter}. */
type Place = "top" | "entries" | "chart" | "item" | "after";

const decoder = new TextDecoder();

/**
 * Splits an index in YAML's block style into its entries while its bytes arrive, by nothing but indentation:
 * | place | what the next line with content may be |
 * |---|---|
 * | top | a key in column 0, or anything deeper that belongs to the key before |
 * | entries | a chart's key; all stand in the column of the first one |
 * | chart | the first `- ` under a chart's key, in its column or deeper: from now on the column of items |
 * | item | anything deeper than the item's dash; the next item; the next chart; a top-level key |
 * | after | a second document, which Helm ignores too |
 * Block scalars and quoted or folded lines inside an entry are deeper than its dash, so they cannot be taken
 * for one. Whatever fits no row is odd, and the document is parsed as a whole instead.
 */
export class YamlSplitter {
  readonly #delivery: EntryDelivery;
  readonly #entryBytes: number;
  readonly #window = new ByteWindow();
  /** The beginning of the first line that is not dealt with. */
  #line = 0;
  /** Whether that line belongs to an entry that is too large, and its beginning is gone. */
  #isMidLine = false;
  #lineNumber = 1;
  readonly #top = new TopLevel();
  #place: Place = "top";
  #chartColumn = -1;
  #itemColumn = -1;
  #chart = "";
  #seed: Seed = seedOf("");
  #item: OpenEntry | undefined;
  /** The item before the open one: the model when the document ends with an item. */
  #before: { start: number; end: number } | undefined;

  constructor(delivery: EntryDelivery, entryBytes: number) {
    this.#delivery = delivery;
    this.#entryBytes = entryBytes;
  }

  push(chunk: Uint8Array): Step {
    const shift = this.#window.append(chunk, this.#before?.start ?? this.#item?.start ?? this.#line);
    if (shift > 0) this.#shift(shift);
    const { bytes } = this.#window;
    for (;;) {
      if (this.#place === "item") this.#skipInside(bytes);
      const end = bytes.indexOf(newline, this.#line);
      if (end === -1) return this.#relieve();
      const step = this.#takeLine(this.#line, end);
      if (step.kind !== "more") return step;
      this.#line = end + 1;
      this.#lineNumber += 1;
    }
  }

  /** The stream is at its end. */
  end(): Complete | Step {
    const { bytes } = this.#window;
    const endsWithNewline = this.#line === bytes.length && !this.#isMidLine;
    if (endsWithNewline) {
      this.#lineNumber -= 1;
    } else {
      const step = this.#isMidLine ? more : this.#takeLine(this.#line, bytes.length);
      if (step.kind === "odd" && this.#top.hasEntries) return this.#truncated("in the middle of a line");
      if (step.kind !== "more") return step;
    }
    if (this.#place === "chart") return this.#truncated(`behind the key ${JSON.stringify(this.#chart)}`);
    if (this.#item !== undefined) {
      if (this.#isCutOff(this.#item, endsWithNewline)) return this.#truncated("inside its last entry");
      if (!this.#finishItem(bytes.length)) return stopped;
    }
    return this.#top.judge(this.#delivery.count);
  }

  #shift(by: number): void {
    this.#line -= by;
    if (this.#item !== undefined) this.#item.start -= by;
    if (this.#before !== undefined) {
      this.#before = { start: this.#before.start - by, end: this.#before.end - by };
    }
  }

  /** Passes over the lines that are certainly inside the item: those indented deeper than its dash. */
  #skipInside(bytes: Uint8Array): void {
    const inside = this.#itemColumn + 1;
    let line = this.#line;
    let lines = 0;
    for (;;) {
      let column = this.#isMidLine ? inside : 0;
      while (column < inside && bytes[line + column] === space) column += 1;
      if (column < inside) break;
      const end = bytes.indexOf(newline, this.#isMidLine ? line : line + inside);
      if (end === -1) break;
      line = end + 1;
      lines += 1;
      this.#isMidLine = false;
    }
    this.#line = line;
    this.#lineNumber += lines;
  }

  /** At the end of a chunk: keeps no more of an entry than its size limit. */
  #relieve(): Step {
    const { length } = this.#window.bytes;
    const isInside = this.#item !== undefined && this.#isInside(length);
    if (!isInside && this.#isTooLong(this.#line, length)) return this.#tooLong();
    if (this.#item?.isTooLarge(length) !== true) return more;
    this.#before = undefined;
    if (isInside) {
      this.#isMidLine = true;
      this.#line = length;
    }
    this.#item.relieve(this.#window, this.#line);
    return more;
  }

  /** Whether the unfinished line is already known to belong to the open item. */
  #isInside(end: number): boolean {
    return this.#isMidLine || this.#indentOf(this.#line, end) > this.#itemColumn;
  }

  /** A line outside of entries is held as a whole. */
  #isTooLong(start: number, end: number): boolean {
    return end - start > this.#entryBytes;
  }

  #tooLong(): Step {
    return odd(`${this.#where()} is too long`);
  }

  #takeLine(start: number, end: number): Step {
    if (this.#isTooLong(start, end)) return this.#tooLong();
    const { bytes } = this.#window;
    const indent = this.#indentOf(start, end);
    const first = start + indent < end ? bytes[start + indent] : newline;
    if (first === newline || first === hash || first === carriageReturn) return more;
    if (first === tab)
      return this.#isBlank(start + indent, end) ? more : odd(`a tab indents ${this.#where()}`);
    if (this.#place === "after") return more;
    if (indent === 0 && isConflictMarker(this.#text(start, end))) {
      return unusable(
        "conflict-markers",
        `The index has git's conflict markers, the first in ${this.#where()}.`,
      );
    }
    const isDash = first === dash && this.#isSeparator(start + indent + 1, end);
    if (this.#place === "item") {
      if (indent > this.#itemColumn) return more;
      if (!this.#finishItem(start)) return stopped;
      if (indent === this.#itemColumn && isDash) return this.#beginItem(start);
      this.#place = "entries";
    }
    if (this.#place === "chart") {
      if (isDash && indent >= this.#chartColumn) {
        this.#itemColumn = indent;
        return this.#beginItem(start);
      }
      this.#place = "entries";
    }
    return this.#takeKey(start, end, indent, isDash);
  }

  #takeKey(start: number, end: number, indent: number, isDash: boolean): Step {
    if (this.#place === "entries" && (indent > 0 || isDash)) {
      if (this.#chartColumn === -1) this.#chartColumn = indent;
      if (indent !== this.#chartColumn || isDash) return odd(`${this.#where()} is indented in an odd way`);
      return this.#takeChart(this.#text(start + indent, end));
    }
    if (this.#place === "entries") this.#place = "top";
    if (!this.#top.hasKeys && this.#window.bytes[start + indent] === lessThan) {
      return unusable("html", "The index is an HTML page.");
    }
    if (indent > 0 || isDash) return this.#top.hasKeys ? more : odd(`${this.#where()} begins in an odd way`);
    return this.#takeTop(this.#text(start, end));
  }

  #takeChart(text: string): Step {
    const line = readKeyLine(text);
    if (line === undefined) return odd(`${this.#where()} should be a chart's name`);
    if (line.rest !== "" && !isNothing(line.rest)) return odd(`${this.#where()} is written in an odd style`);
    this.#chart = line.key;
    this.#seed = seedOf(line.key);
    this.#place = line.rest === "" ? "chart" : "entries";
    return more;
  }

  #takeTop(text: string): Step {
    const step = this.#top.take(text, this.#where());
    if (typeof step !== "string") return step;
    this.#place = step;
    return more;
  }

  #beginItem(start: number): Step {
    this.#place = "item";
    this.#item = new OpenEntry(this.#chart, this.#seed, start, this.#entryBytes);
    return more;
  }

  /** Hands the open item over, unless it is null. False: stop. */
  #finishItem(end: number): boolean {
    const item = this.#item;
    if (item === undefined) return true;
    this.#item = undefined;
    if (item.isTooLarge(end)) {
      this.#before = undefined;
    } else {
      if (this.#mayBeNull(item.start, end) && this.#value(item.start, end) === null) return true;
      this.#before = { start: item.start, end };
    }
    return this.#delivery.deliver(item, this.#window, end);
  }

  #isCutOff(item: OpenEntry, endsWithNewline: boolean): boolean {
    const { length } = this.#window.bytes;
    if (item.isTooLarge(length)) return !endsWithNewline;
    const value = this.#value(item.start, length);
    if (value === null) {
      return !endsWithNewline || this.#text(item.start, length).trimEnd().endsWith("-");
    }
    const before = this.#before;
    const model = before === undefined ? undefined : this.#value(before.start, before.end);
    return isCutOff(value, model, endsWithNewline);
  }

  /** Whether an item is worth parsing to know if it is null: it begins as no field of an entry does. */
  #mayBeNull(start: number, end: number): boolean {
    const { bytes } = this.#window;
    let at = start + this.#itemColumn + 1;
    while (at < end && blanks.has(bytes[at] ?? 0)) at += 1;
    return at === end || nullStarts.has(bytes[at] ?? 0) || isNu(bytes, at);
  }

  #value(start: number, end: number): SourceValue | undefined {
    const item = readYamlItem(this.#text(start, end));
    return item.ok ? item.value : undefined;
  }

  #truncated(place: string): Unusable {
    return unusable("truncated", `The index ends ${place} (line ${this.#lineNumber}): it looks cut off.`);
  }

  #where(): string {
    return `line ${this.#lineNumber}`;
  }

  #indentOf(start: number, end: number): number {
    const { bytes } = this.#window;
    let at = start;
    while (at < end && bytes[at] === space) at += 1;
    return at - start;
  }

  #isBlank(from: number, end: number): boolean {
    return this.#text(from, end).trim() === "";
  }

  #isSeparator(at: number, end: number): boolean {
    const byte = at < end ? this.#window.bytes[at] : newline;
    return byte === space || byte === newline || byte === carriageReturn;
  }

  /** A line's text without the carriage return of Windows. */
  #text(start: number, end: number): string {
    const { bytes } = this.#window;
    const last = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    return decoder.decode(bytes.subarray(start, last));
  }
}

/** `null`, `Null` and `NULL` begin so; `name` and the other fields of an entry do not. */
function isNu(bytes: Uint8Array, at: number): boolean {
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  return (first === 110 || first === 78) && (second === 117 || second === 85);
}
