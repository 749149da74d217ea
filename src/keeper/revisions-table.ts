import type { Head } from "../storage/head.ts";
import type { PastRevision } from "../storage/history.ts";
import { type ListingChanges, mergeChanges, withoutNames } from "./listing-changes.ts";

export type ExpiredRevision = { id: number; revision: string };

export interface Publication {
  head: Head;
  /** Milliseconds since 1970. */
  at: number;
  /** A step of a fill: of no interest as history. */
  interim: boolean;
  changes: ListingChanges;
}

export interface PublishedRevision {
  head: Omit<Head, "latestBytes" | "latestGzipBytes">;
  supersededAt: number | null;
  changes: ListingChanges;
}

type CurrentRow = { id: number; revision: string; interim: number; changes: string };

/** A history of more than this many publications would be larger than anybody reads. */
const mostShown = 1000;
/** Characters of changed versions in it: it is read and written whole, and upstreams choose the names. */
const mostTold = 1_000_000;

/** What was published when. */
export class Revisions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Its documents are about to be written: should it never be published, they are collected all the same. */
  begun(revision: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO revision (revision, published_at, superseded_at, interim) SELECT ?1, ?2, ?2, 1
       WHERE NOT EXISTS (SELECT 1 FROM revision WHERE revision = ?1 AND head IS NULL)`,
      revision,
      now,
    );
  }

  /** Its documents were written, or some of them, and nobody remembers that it was published. */
  wasBegun(revision: string): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM revision WHERE revision = ? AND head IS NULL", revision).toArray()
        .length > 0
    );
  }

  /** Takes the place of the current one. What an interim one changed counts for the one that follows it. */
  published({ head, at, interim, changes }: Publication): void {
    const before = this.#current();
    this.#sql.exec("DELETE FROM revision WHERE head IS NULL AND revision = ?", head.revision);
    if (before?.revision === head.revision) {
      if (!interim) this.#sql.exec("UPDATE revision SET interim = 0 WHERE id = ?", before.id);
      return;
    }
    if (before !== undefined) {
      this.#sql.exec("UPDATE revision SET superseded_at = ? WHERE id = ?", at, before.id);
    }
    const all = before?.interim === 1 ? mergeChanges(JSON.parse(before.changes), changes) : changes;
    this.#sql.exec(
      "INSERT INTO revision (revision, published_at, interim, head, changes) VALUES (?, ?, ?, ?, ?)",
      head.revision,
      at,
      interim ? 1 : 0,
      JSON.stringify(head),
      JSON.stringify(all),
    );
  }

  /** The same revision, with another number of withdrawals. */
  renumbered(head: Head): void {
    this.#sql.exec(
      "UPDATE revision SET head = ? WHERE revision = ? AND superseded_at IS NULL AND head IS NOT NULL",
      JSON.stringify(head),
      head.revision,
    );
  }

  /** The current one was no step after all: nothing more came. */
  fillEnded(): void {
    this.#sql.exec("UPDATE revision SET interim = 0 WHERE superseded_at IS NULL AND head IS NOT NULL");
  }

  /** Those that a ledger before this one published, the current one first. Nothing where this one published itself. */
  adopt(past: readonly PastRevision[]): void {
    if (this.#sql.exec("SELECT 1 FROM revision WHERE head IS NOT NULL LIMIT 1").toArray().length > 0) return;
    for (const { supersededAt, added, changed, hidden, ...head } of past.toReversed()) {
      const times = [Date.parse(head.publishedAt), supersededAt === null ? null : Date.parse(supersededAt)];
      if (times.some(Number.isNaN)) continue;
      this.#sql.exec(
        "INSERT INTO revision (revision, published_at, superseded_at, interim, head, changes) VALUES (?, ?, ?, 0, ?, ?)",
        head.revision,
        ...times,
        JSON.stringify(head),
        JSON.stringify({ added, changed, hidden }),
      );
    }
  }

  #current(): CurrentRow | undefined {
    return this.#sql
      .exec<CurrentRow>(
        "SELECT id, revision, interim, changes FROM revision WHERE superseded_at IS NULL AND head IS NOT NULL",
      )
      .toArray()[0];
  }

  /** What a revision of the history listed; undefined where it is none. Steps of a fill are not in it. */
  kept(revision: string): Pick<Head, "charts" | "versions" | "withdrawals"> | undefined {
    const [row] = this.#sql
      .exec<{ head: string }>(
        `SELECT head FROM revision WHERE revision = ? AND head IS NOT NULL
         AND (interim = 0 OR superseded_at IS NULL) ORDER BY id DESC LIMIT 1`,
        revision,
      )
      .toArray();
    return row && JSON.parse(row.head);
  }

  /** Publications that are kept, the current one first. Beyond a megabyte of changed versions, these are only counted. */
  history(): PublishedRevision[] {
    let told = 0;
    const rows = this.#sql.exec<{ head: string; superseded_at: number | null; changes: string }>(
      `SELECT head, superseded_at, changes FROM revision
       WHERE head IS NOT NULL AND (interim = 0 OR superseded_at IS NULL) ORDER BY id DESC LIMIT ?`,
      mostShown,
    );
    return Array.from(rows, (row) => {
      told += row.changes.length;
      const changes: ListingChanges = JSON.parse(row.changes);
      return {
        head: JSON.parse(row.head),
        supersededAt: row.superseded_at,
        changes: told <= mostTold ? changes : withoutNames(changes),
      };
    });
  }

  /** Superseded so long ago that nobody reads them any more. */
  expired(historyBefore: number, interimBefore: number, limit: number): ExpiredRevision[] {
    return this.#sql
      .exec<ExpiredRevision>(
        `SELECT id, revision FROM revision WHERE superseded_at IS NOT NULL
         AND (superseded_at < ? OR (interim = 1 AND superseded_at < ?)) ORDER BY superseded_at LIMIT ?`,
        historyBefore,
        interimBefore,
        limit,
      )
      .toArray();
  }

  /** Whether the same documents were published at another time, too. */
  isNeeded({ id, revision }: ExpiredRevision): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM revision WHERE revision = ? AND id <> ?", revision, id).toArray().length >
      0
    );
  }

  forget({ id }: ExpiredRevision): void {
    this.#sql.exec("DELETE FROM revision WHERE id = ?", id);
  }
}
