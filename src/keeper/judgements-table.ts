import { isDamaged } from "./damage-table.ts";
import type { Unlisted } from "./decide-listing.ts";
import type { ReleaseState } from "./releases-table.ts";
import { isWithdrawn } from "./withdrawn-table.ts";

/** A release as far as it matters to what is listed. */
export type JudgedRelease = {
  id: number;
  version: string;
  sort_key: string;
  state: ReleaseState;
  listed: number;
  first_listed: number | null;
  aged_from: number;
  last_seen: number | null;
  early: number;
  unlisted: Unlisted | null;
  provenance: "unknown" | "absent" | "stored";
  /** `state` of its SignatureVerdict. */
  signature: "verified" | "refused" | null;
  /** 1: the operator has withdrawn it. */
  withdrawn: number;
  /** 1: storage has lost its archive. */
  damaged: number;
};

/** Charts of which it is to be decided again what is listed. */
export class Judgements {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Something about one of its releases has changed. Costs next to nothing. */
  mark(chart: string): void {
    this.#sql.exec(`INSERT INTO judgement (chart, due) VALUES (?, 0) ${sooner}`, chart);
  }

  /** The charts of these releases: of those that are not listed as they are shown. */
  markShown(releases: readonly number[]): void {
    this.#markOf(releases, "(state <> 'stored' OR last_seen IS NOT NULL OR listed = 0)");
  }

  /** The charts of these releases, which a source shows no more: of those to which that matters. */
  markVanished(releases: readonly number[]): void {
    this.#markOf(
      releases,
      `(last_seen IS NOT NULL OR EXISTS (SELECT 1 FROM release AS other WHERE other.chart = release.chart
        AND other.sort_key = release.sort_key AND other.id <> release.id))`,
    );
  }

  #markOf(releases: readonly number[], condition: string): void {
    this.#sql.exec(
      `INSERT INTO judgement (chart, due) SELECT DISTINCT chart, 0 FROM release
       WHERE id IN (SELECT value FROM json_each(?)) AND ${condition} ${sooner}`,
      JSON.stringify(releases),
    );
  }

  /** Other rules hold. */
  markAll(): void {
    this.#sql.exec(
      `INSERT INTO judgement (chart, due) SELECT DISTINCT chart, 0 FROM release WHERE true ${sooner}`,
    );
  }

  due(now: number, limit: number): string[] {
    const rows = this.#sql
      .exec("SELECT chart FROM judgement WHERE due <= ? ORDER BY due, chart LIMIT ?", now, limit)
      .raw<[string]>();
    return Array.from(rows, ([chart]) => chart);
  }

  /** Milliseconds since 1970. */
  nextDue(): number | undefined {
    return this.#sql.exec<{ due: number }>("SELECT due FROM judgement ORDER BY due LIMIT 1").toArray()[0]
      ?.due;
  }

  /** @param lookAgain when time alone changes what is listed */
  decided(chart: string, lookAgain: number | undefined): void {
    if (lookAgain === undefined) this.#sql.exec("DELETE FROM judgement WHERE chart = ?", chart);
    else this.#sql.exec("UPDATE judgement SET due = ? WHERE chart = ?", lookAgain, chart);
  }

  /** Newest version first. Those that no complete read has shown yet do not count. */
  releases(chart: string): JudgedRelease[] {
    return this.#sql
      .exec<JudgedRelease>(
        `SELECT id, version, sort_key, state, listed, first_listed, aged_from, last_seen, early, unlisted,
         provenance, signature ->> 'state' AS signature,
         ${isWithdrawn} AS withdrawn, ${isDamaged("archive")} AS damaged FROM release WHERE chart = ? AND state <> 'new' ORDER BY sort_key DESC, id`,
        chart,
      )
      .toArray();
  }

  /**
   * Position of the most preferred source that shows it, for each release that is not the only one of its version.
   *
   * @param order URLs of the sources, the preferred one first
   */
  ranks(order: readonly string[]): Map<number, number> {
    const rows = this.#sql
      .exec(
        `SELECT release, min(preferred.key) FROM shown
         JOIN source ON source.id = shown.source
         JOIN json_each(?) AS preferred ON preferred.value = source.url
         WHERE release IN (SELECT one.id FROM release AS one JOIN release AS other ON other.chart = one.chart
           AND other.sort_key = one.sort_key AND other.id <> one.id)
         GROUP BY release`,
        JSON.stringify(order),
      )
      .raw<[number, number]>();
    return new Map(rows);
  }

  /** What waits for its age now, of a version, need not any longer. @returns how many digests */
  releaseEarly(chart: string, sortKey: string): number {
    return this.#sql
      .exec(
        `UPDATE release SET early = 1 WHERE chart = ? AND sort_key = ? AND unlisted = 'waiting' AND early = 0
         RETURNING id`,
        chart,
        sortKey,
      )
      .toArray().length;
  }

  /** Why it is not listed; what is not to be copied either is `skipped`, and what is so no more is copied now. */
  unlisted(release: Pick<JudgedRelease, "id" | "damaged">, reason: Unlisted | null): void {
    this.#sql.exec(
      isNotCopied(release, reason)
        ? `UPDATE release SET unlisted = ?1, due = iif(state = 'stored', due, NULL),
           code = iif(state = 'stored', code, NULL), message = iif(state = 'stored', message, NULL),
           state = iif(state IN ('pending', 'failed'), 'skipped', state) WHERE id = ?2`
        : `UPDATE release SET unlisted = ?1, due = iif(state = 'skipped', 0, due),
           attempts = iif(state = 'skipped', 0, attempts),
           state = iif(state = 'skipped', 'pending', state) WHERE id = ?2`,
      reason,
      release.id,
    );
  }
}

/**
 * For this reason it is not even copied, unless it is in storage already. What was, and is lost, is brought back where
 * it is left out by now: it answers under its own URL, or does so when it is reinstated.
 */
export const isNotCopied = ({ damaged }: Pick<JudgedRelease, "damaged">, reason: Unlisted | null): boolean =>
  (reason === "withdrawn" || reason === "skipped") && damaged === 0;

const sooner = "ON CONFLICT (chart) DO UPDATE SET due = min(due, excluded.due)";
