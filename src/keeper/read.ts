import type { HttpSourceConfig, MemberSourceConfig } from "../config/config.ts";
import type { ChartEntry } from "../helm/chart-entry.ts";
import type { IndexVisitor, ParsedEntry, RawEntry } from "../helm/read-index.ts";
import { archiveResolver } from "../upstream/http-repository.ts";
import type { CheckParts } from "./check.ts";
import type { Ledger } from "./ledger.ts";
import { encodeLine, lineBytes, placeEntry } from "./place-entry.ts";
import { memberAddress } from "./member-repository.ts";
import type { KnownSighting } from "./sightings-table.ts";
import type { SourceRow } from "./sources-table.ts";

export interface PassParts extends CheckParts {
  source: HttpSourceConfig | MemberSourceConfig;
  /** How many entries may still be parsed in this unit. */
  entries: { left: number };
}

/**
 * One pass over a source's index. Entries known from an earlier pass cost a look-up; new ones are parsed
 * and written to the ledger at once, under a read number that counts only once the pass came to a good end.
 * So a pass that was cut short by its budget loses nothing: the next one finds its entries known.
 */
export class IndexPass implements IndexVisitor {
  usable = 0;
  dropped = 0;
  readonly #ledger: Ledger;
  readonly #source: SourceRow;
  readonly #order: readonly string[];
  readonly #resolve: EntryResolver;
  readonly #read: number;
  readonly #now: number;
  readonly #known: Map<number, KnownSighting>;
  /** A first read: there is nothing to compare its entries with, not even each other (see `#versions`). */
  #knowsNothing: boolean;
  /** The source was never read to its end, and nothing is known from before it. */
  readonly #isFirstRead: boolean;
  readonly #present = new Set<number>();
  /** Chart and version of every usable entry so far: the first one wins, as in Helm's own merge. */
  readonly #versions = new Set<string>();
  /** What this pass has added to the ledger. */
  readonly #added: number[] = [];
  /** Releases of the entries of this read, for when it has come to a good end. */
  readonly #unconfirmed: number[] = [];
  readonly #entries: { left: number };

  constructor({ ledger, source, row, config, entries, now }: PassParts) {
    this.#ledger = ledger;
    this.#source = row;
    this.#order = config.sources.map(({ url }) => url);
    this.#resolve = entryResolver(source);
    this.#read = row.confirmed + 1;
    this.#now = now;
    this.#known = ledger.sightings.known(row.id);
    this.#isFirstRead = row.confirmed === 0 && ledger.fact("adopted") === undefined;
    this.#knowsNothing = ledger.releases.isEmpty();
    this.#entries = entries;
  }

  /** How many entries of the index it has come to. */
  get seen(): number {
    return this.usable + this.dropped;
  }

  entry(raw: RawEntry): boolean {
    if (this.#present.has(raw.fingerprint)) return true; // the same text twice
    const known = this.#known.get(raw.fingerprint);
    if (known !== undefined && this.#settled(known)) {
      this.#present.add(raw.fingerprint);
      return true;
    }
    if (this.#entries.left <= 0) return false;
    this.#entries.left -= 1;
    this.#present.add(raw.fingerprint);
    this.#take(raw.parse(), raw.fingerprint);
    return true;
  }

  restart(): void {
    this.#present.clear();
    this.#versions.clear();
    this.usable = 0;
    this.dropped = 0;
    this.#knowsNothing = false;
    this.#unconfirmed.length = 0;
    for (const fingerprint of this.#added.splice(0)) {
      this.#ledger.sightings.forget(this.#source.id, fingerprint);
    }
  }

  /** The pass saw the whole index: what it shows counts from now on, what it shows no more is gone from the source. */
  confirm(): void {
    const { sightings } = this.#ledger;
    this.#ledger.confirm(this.#unconfirmed);
    const vanished: number[] = [];
    for (const [fingerprint, { release }] of this.#known) {
      if (this.#present.has(fingerprint)) continue;
      sightings.forget(this.#source.id, fingerprint);
      if (release !== null) vanished.push(release);
    }
    if (vanished.length > 0) this.#ledger.vanished(vanished, this.#now);
  }

  /** Whether what is known of an entry still holds in this pass. */
  #settled(known: KnownSighting): boolean {
    const version = `${known.chart}\0${known.version}`;
    if (known.release === null) {
      if (known.code === "duplicate" && !this.#versions.has(version)) return false;
      this.dropped += 1;
      return true;
    }
    if (this.#versions.has(version)) return false;
    this.#versions.add(version);
    this.usable += 1;
    if (known.read === this.#read) this.#unconfirmed.push(known.release);
    return true;
  }

  #take(parsed: ParsedEntry, fingerprint: number): void {
    if (!parsed.ok) return this.#drop(fingerprint, parsed, parsed.code, parsed.message);
    const { entry } = parsed;
    const version = `${entry.chart}\0${entry.version}`;
    if (this.#versions.has(version)) {
      return this.#drop(fingerprint, entry, "duplicate", "listed twice; the first one counts");
    }
    const { usable, refusal } = this.#resolve(entry);
    if (usable.length === 0) return this.#drop(fingerprint, entry, "bad-url", refusal);
    const line = encodeLine(entry);
    if (line.byteLength > lineBytes) {
      return this.#drop(
        fingerprint,
        entry,
        "entry-too-large",
        `${line.byteLength} bytes, with its aliases resolved`,
      );
    }
    this.#versions.add(version);
    this.usable += 1;
    const release = this.#place(entry, line, usable);
    this.#unconfirmed.push(release);
    this.#ledger.sightings.add(this.#sighting(fingerprint, entry), release);
    this.#added.push(fingerprint);
  }

  #place(entry: ChartEntry, line: Uint8Array, urls: string[]): number {
    const source = this.#source.url;
    return placeEntry(this.#ledger, {
      entry,
      line,
      addresses: urls.map((url) => ({ source, url })),
      source,
      order: this.#order,
      isFirst: this.#knowsNothing,
      wasThere: this.#isFirstRead,
      now: this.#now,
    });
  }

  #drop(fingerprint: number, entry: { chart: string; version: string }, code: string, message: string): void {
    this.dropped += 1;
    this.#added.push(fingerprint);
    this.#ledger.sightings.drop(this.#sighting(fingerprint, entry), code, message);
  }

  #sighting(fingerprint: number, { chart, version }: { chart: string; version: string }) {
    return { source: this.#source.id, fingerprint, read: this.#read, chart, version };
  }
}

/** Where a source has the archive of an entry, or why it cannot be had. */
type EntryResolver = (entry: ChartEntry) => { usable: string[]; refusal: string };

function entryResolver(source: HttpSourceConfig | MemberSourceConfig): EntryResolver {
  if (source.kind === "http") {
    const resolve = archiveResolver(source);
    return ({ urls }) => resolve(urls);
  }
  return ({ digest }) =>
    digest === undefined
      ? { usable: [], refusal: "the entry has no digest" }
      : { usable: [memberAddress(source, digest)], refusal: "" };
}
