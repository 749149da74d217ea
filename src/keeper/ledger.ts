import { CopyQueue } from "./copy-queue.ts";
import { Damage } from "./damage-table.ts";
import { Judgements } from "./judgements-table.ts";
import { Kept } from "./kept-table.ts";
import { ledgerSchema } from "./ledger-schema.ts";
import { Listing } from "./listing-table.ts";
import { Mutations } from "./mutations-table.ts";
import { Notices } from "./notices-table.ts";
import { ReleaseFigures } from "./release-figures.ts";
import { PublishedReleases } from "./published-releases.ts";
import { Losses } from "./losses-table.ts";
import { Releases } from "./releases-table.ts";
import { Revisions } from "./revisions-table.ts";
import { Sightings } from "./sightings-table.ts";
import { Signatures } from "./signatures-table.ts";
import { Sources } from "./sources-table.ts";
import { TagQueue } from "./tag-queue.ts";
import { Tags } from "./tags-table.ts";
import { Withdrawn } from "./withdrawn-table.ts";

/** Single values that the Keeper remembers from unit to unit. */
export type Fact =
  | "repository" // its name
  | "unlisted-changes" // "1" while the listing differs from what is published
  | "filling" // "1" while what is published is a step of a fill
  | "published" // JSON of the published Head
  | "pinned-head" // JSON of the Head at which the operator holds the repository
  | "rules" // JSON of the policies, and of the order of the sources, by which the listing is decided
  | "adopted" // "1" if another Keeper's publication was taken over
  | "losses-changed" // when a version was last lost or came back, in milliseconds
  | "withheld" // why losses are withheld (decide-losses.ts)
  | "withdrawals" // number of the withdrawals that were applied
  | "withdrawals-due" // they may have another number now; when to read them, in milliseconds
  | "digest-purge" // JSON of what is to be purged from the cache, and when (purge-digests.ts)
  | "history-due" // the history is not stored as it is; when to do that, in milliseconds
  | "kv-due" // KV does not have the published revision yet; when to bring it there, in milliseconds
  | "kv-behind" // since when KV takes no writes, in milliseconds
  | "unit-failed" // since when no unit came to its end, in milliseconds
  | "sync-asked" // "1" while the operator waits for every source to be asked
  | "verify" // JSON of how far the verification of what is stored has come
  | "verify-due" // when it goes on, in milliseconds; none: it is over
  | "provenance-due" // the store did not give what is to be verified; when it is asked again, in milliseconds
  | "unfinished-units" // how many units in a row began and did not end
  | "status-due" // the status could not be written; when to try again, in milliseconds
  | "summary" // JSON of what report.ts counted, until something changes
  | "backlog" // JSON of the Backlog as it was told last (backlog.ts)
  | "work" // JSON of the units that came to an end, and how long they took: see report.ts
  | "copy-pause" // until when nothing is copied, in milliseconds
  | "copy-pause-asked" // "1" if an upstream asked for that pause
  | "copy-failures" // units in a row in which copying gave up
  | `referrers:${number}` // of a registry: until when it is taken to have no referrers API, in milliseconds
  | `narrow:${number}` // of a registry: "1" while its tags are read one at a time
  | `recheck:${number}` // of a registry: "1" while tags are still to be looked at again
  | `announced:${number}` // of a member: "1" if it has published since it was last asked
  | `awaited:${number}` // of a member: since when its first fill is waited for, in milliseconds; "over"
  | `file:${string}`; // of a small file as it is stored: "<URL of its source> <SHA-256>"

/** The Keeper's record, in its Durable Object's SQLite. See ledger-schema.ts. */
export class Ledger {
  readonly sources: Sources;
  readonly sightings: Sightings;
  readonly tags: Tags;
  readonly tagQueue: TagQueue;
  readonly kept: Kept;
  readonly releases: Releases;
  readonly copyQueue: CopyQueue;
  readonly figures: ReleaseFigures;
  readonly judgements: Judgements;
  readonly losses: Losses;
  readonly signatures: Signatures;
  readonly withdrawn: Withdrawn;
  readonly listing: Listing;
  readonly revisions: Revisions;
  readonly mutations: Mutations;
  readonly notices: Notices;
  readonly publishedReleases: PublishedReleases;
  readonly damage: Damage;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(ledgerSchema);
    this.sources = new Sources(storage.sql);
    this.sightings = new Sightings(storage.sql);
    this.tags = new Tags(storage.sql);
    this.tagQueue = new TagQueue(storage.sql);
    this.kept = new Kept(storage.sql);
    this.releases = new Releases(storage.sql);
    this.copyQueue = new CopyQueue(storage.sql);
    this.figures = new ReleaseFigures(storage.sql);
    this.judgements = new Judgements(storage.sql);
    this.losses = new Losses(storage.sql);
    this.signatures = new Signatures(storage.sql);
    this.withdrawn = new Withdrawn(storage.sql);
    this.listing = new Listing(storage.sql);
    this.revisions = new Revisions(storage.sql);
    this.mutations = new Mutations(storage.sql);
    this.notices = new Notices(storage.sql);
    this.publishedReleases = new PublishedReleases(storage.sql);
    this.damage = new Damage(storage.sql);
  }

  /** All of it or nothing; synchronous, so nothing else runs in between. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }

  fact(key: Fact): string | undefined {
    const rows = this.#storage.sql
      .exec<{ value: string }>("SELECT value FROM fact WHERE key = ?", key)
      .toArray();
    return rows[0]?.value;
  }

  /** An index was read to its end, or a tag, that shows these releases. */
  confirm(releases: readonly number[]): void {
    this.judgements.markShown(releases);
    this.releases.confirm(releases);
  }

  /** A source shows these releases no more. */
  vanished(releases: readonly number[], now: number): void {
    this.releases.vanished(releases, now);
    this.judgements.markVanished(releases);
  }

  /** What is listed, or what registry clients see of it, is no longer what is published. */
  listingChanged(): void {
    if (this.fact("unlisted-changes") === undefined) this.remember("unlisted-changes", 1);
  }

  /** Names of the small files that are in storage. */
  storedFiles(): string[] {
    return this.#storage.sql
      .exec<{ file: string }>("SELECT substr(key, 6) AS file FROM fact WHERE key GLOB 'file:*' ORDER BY key")
      .toArray()
      .map(({ file }) => file);
  }

  number(key: Fact): number {
    return Number(this.fact(key) ?? 0);
  }

  /** `undefined` forgets it. */
  remember(key: Fact, value: string | number | undefined): void {
    if (value === undefined) this.#storage.sql.exec("DELETE FROM fact WHERE key = ?", key);
    else {
      this.#storage.sql.exec("INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)", key, String(value));
    }
  }
}
