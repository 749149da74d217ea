import type { RepositoryConfig, SourceConfig } from "../config/config.ts";
import { type ChartEntry, indexLine } from "../helm/chart-entry.ts";
import type { IndexVisitor, ParsedEntry, RawEntry } from "../helm/read-index.ts";
import { versionSortKey } from "../helm/version.ts";
import { archiveResolver } from "../upstream/http-repository.ts";
import { archivePath } from "./archive-path.ts";
import type { Ledger } from "./ledger.ts";
import { mergeAddresses, place } from "./reconcile.ts";
import type { KnownSighting } from "./sightings-table.ts";
import type { SourceRow } from "./sources-table.ts";

const encoder = new TextEncoder();

export interface PassParts {
  ledger: Ledger;
  config: RepositoryConfig;
  source: SourceConfig;
  row: SourceRow;
  /** How many entries may be parsed. */
  entries: number;
  now: number;
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
  readonly #resolve: ReturnType<typeof archiveResolver>;
  readonly #read: number;
  readonly #now: number;
  readonly #known: Map<number, KnownSighting>;
  /** A first read: there is nothing to compare its entries with, not even each other (see `#versions`). */
  readonly #knowsNothing: boolean;
  readonly #present = new Set<number>();
  /** Chart and version of every usable entry so far: the first one wins, as in Helm's own merge. */
  readonly #versions = new Set<string>();
  #allowed: number;

  constructor({ ledger, source, row, config, entries, now }: PassParts) {
    this.#ledger = ledger;
    this.#source = row;
    this.#order = config.sources.map(({ url }) => url);
    this.#resolve = archiveResolver(source);
    this.#read = row.confirmed + 1;
    this.#now = now;
    this.#known = ledger.sightings.known(row.id);
    this.#knowsNothing = ledger.releases.isEmpty();
    this.#allowed = entries;
  }

  /** How many entries may still be parsed. */
  get allowed(): number {
    return this.#allowed;
  }

  entry(raw: RawEntry): boolean {
    if (this.#present.has(raw.fingerprint)) return true; // the same text twice
    const known = this.#known.get(raw.fingerprint);
    if (known !== undefined && this.#settled(known)) {
      this.#present.add(raw.fingerprint);
      return true;
    }
    if (this.#allowed <= 0) return false;
    this.#allowed -= 1;
    this.#present.add(raw.fingerprint);
    this.#take(raw.parse(), raw.fingerprint);
    return true;
  }

  restart(): void {
    this.#present.clear();
    this.#versions.clear();
    this.usable = 0;
    this.dropped = 0;
  }

  /** The pass saw the whole index: what the ledger had and the index has no more is gone from the source. */
  forgetVanished(): void {
    for (const [fingerprint, { release }] of this.#known) {
      if (this.#present.has(fingerprint)) continue;
      this.#ledger.sightings.forget(this.#source.id, fingerprint);
      if (release !== null && !this.#ledger.sightings.isSeen(release)) {
        this.#ledger.releases.vanished(release, this.#now);
      }
    }
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
    return true;
  }

  #take(parsed: ParsedEntry, fingerprint: number): void {
    if (!parsed.ok) return this.#drop(fingerprint, parsed, parsed.code, parsed.message);
    const { entry } = parsed;
    const version = `${entry.chart}\0${entry.version}`;
    if (this.#versions.has(version)) {
      return this.#drop(fingerprint, entry, "duplicate", "listed twice; the first one counts");
    }
    const { usable, refusal } = this.#resolve(entry.urls);
    if (usable.length === 0) return this.#drop(fingerprint, entry, "bad-url", refusal);
    this.#versions.add(version);
    this.usable += 1;
    this.#ledger.sightings.add(this.#sighting(fingerprint, entry), this.#place(entry, usable));
  }

  #place(entry: ChartEntry, urls: string[]): number {
    const { releases } = this.#ledger;
    const sortKey = versionSortKey(entry.version) ?? entry.version;
    const addresses = urls.map((url) => ({ source: this.#source.url, url }));
    const siblings = this.#knowsNothing ? [] : releases.ofVersion(entry.chart, sortKey);
    const placement = place(entry.digest, siblings);
    if (placement.kind === "known") {
      const { id, addresses: known } = placement.release;
      releases.seenAgain(id, mergeAddresses(JSON.parse(known), addresses, this.#order));
      return id;
    }
    const { digest } = entry;
    const line = digest === undefined ? entry.metadata : indexLine(entry, digest, archivePath(entry, digest));
    return releases.add({
      entry,
      sortKey,
      addresses,
      line: encoder.encode(line),
      source: this.#source.id,
      read: this.#read,
      now: this.#now,
    });
  }

  #drop(fingerprint: number, entry: { chart: string; version: string }, code: string, message: string): void {
    this.dropped += 1;
    this.#ledger.sightings.drop(this.#sighting(fingerprint, entry), code, message);
  }

  #sighting(fingerprint: number, { chart, version }: { chart: string; version: string }) {
    return { source: this.#source.id, fingerprint, read: this.#read, chart, version };
  }
}
