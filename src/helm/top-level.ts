import {
  type Complete,
  type Step,
  type Unusable,
  judgeTopLevel,
  more,
  odd,
  unusable,
} from "./index-outcome.ts";
import { isNothing, readKeyLine } from "./key-line.ts";

/** What the lines in the first column of a YAML index have said so far. */
export class TopLevel {
  hasKeys = false;
  hasEntries = false;
  #hasApiVersion = false;
  /** Whether something follows the entries. */
  #isClosed = false;

  /** Takes a line. "entries": the charts come next. "after": the document is at its end. */
  take(text: string, where: string): Step | "entries" | "after" {
    if (/^---(?: +#.*)? *$/s.test(text) && !this.hasKeys) return more;
    if (/^(?:---|\.\.\.)(?: |$)/.test(text) && this.hasKeys) {
      this.#isClosed = this.hasEntries;
      return "after";
    }
    const line = readKeyLine(text);
    if (line === undefined) return odd(`${where} is no key`);
    this.hasKeys = true;
    if (line.key === "entries") return this.#takeEntries(line.rest, where);
    this.#isClosed = this.hasEntries;
    if (line.key === "apiVersion") this.#hasApiVersion = line.rest !== "" && !isNothing(line.rest);
    return more;
  }

  /** The document is at its end, and whole as far as its lines show. */
  judge(entries: number): Complete | Unusable {
    const seen = { apiVersion: this.#hasApiVersion, entries: this.hasEntries };
    return judgeTopLevel(seen, { kind: "complete", entries, closed: this.#isClosed });
  }

  #takeEntries(rest: string, where: string): Step | "entries" {
    if (this.hasEntries) return unusable("malformed", `The index has entries twice, again in ${where}.`);
    if (rest !== "" && !isNothing(rest)) return odd("entries are written in an odd style");
    this.hasEntries = true;
    return rest === "" ? "entries" : more;
  }
}
