import { isWithdrawn } from "./withdrawn-table.ts";

/** What is told of releases: how many there are, who has them, and what is wrong with some. */
/** A failure, with its code; or, without one, a version of which other bytes are listed. */
export type ReleaseProblem = {
  chart: string;
  version: string;
  digest: string | null;
  code: string | null;
  message: string | null;
  listed_digest: string | null;
  /** JSON: URLs of the sources that show it, and that show the one that is listed. */
  sources: string;
  listed_sources: string;
};

/** What a source contributes. */
export type Contribution = { source: number; shown: number; listed: number; only: number };

export type ReleaseCounts = {
  stored: number;
  pending: number;
  failed: number;
  hidden: number;
  skipped: number;
  withdrawn: number;
  bytes: number;
};

/** A release that is not old enough to be listed. Its age is counted from `aged_from`, in milliseconds since 1970. */
export type WaitingRelease = { chart: string; version: string; digest: string; aged_from: number };

/** Counted and looked up over all releases, for the status. */
export class ReleaseFigures {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  counts(): ReleaseCounts {
    return this.#sql
      .exec<ReleaseCounts>(
        `SELECT count(*) FILTER (WHERE state = 'stored') AS stored,
         count(*) FILTER (WHERE state = 'pending') AS pending,
         count(*) FILTER (WHERE state = 'failed') AS failed,
         count(*) FILTER (WHERE unlisted = 'hidden') AS hidden,
         count(DISTINCT chart || char(10) || sort_key) FILTER (WHERE unlisted = 'skipped' AND state <> 'gone')
           AS skipped,
         count(DISTINCT chart || char(10) || sort_key) FILTER (WHERE state <> 'new' AND ${isWithdrawn})
           AS withdrawn,
         coalesce(sum(size), 0) AS bytes FROM release`,
      )
      .one();
  }

  countWaiting(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM release WHERE unlisted = 'waiting'").one()
      .n;
  }

  /** The next ones to be listed. */
  waiting(limit: number): WaitingRelease[] {
    return this.#sql
      .exec<WaitingRelease>(
        `SELECT chart, version, digest, aged_from FROM release WHERE unlisted = 'waiting'
         ORDER BY aged_from, id LIMIT ?`,
        limit,
      )
      .toArray();
  }

  contributions(): Contribution[] {
    return this.#sql
      .exec<Contribution>(
        `SELECT source, count(*) AS shown, sum(listed) AS listed,
           sum(listed = 1 AND sources = 1) AS only FROM (
             SELECT DISTINCT source, release FROM shown)
         JOIN (SELECT release AS r, count(DISTINCT source) AS sources FROM shown GROUP BY release) ON r = release
         JOIN release ON release.id = r GROUP BY source`,
      )
      .toArray();
  }

  /** What storage has lost, then failures and versions with two digests; the newest first. */
  problems(limit: number): ReleaseProblem[] {
    return this.#sql
      .exec<ReleaseProblem>(
        `SELECT chart, version, digest, iif(lost IS NULL, code, 'integrity') AS code,
           iif(lost IS NULL, message, lost || iif(message IS NULL, '', '; ' || message)) AS message, listed_digest,
           ${showing("release.id")} AS sources,
           ${showing("listed_id")} AS listed_sources FROM release LEFT JOIN (
             SELECT id AS listed_id, chart AS c, sort_key AS k, digest AS listed_digest
             FROM release WHERE listed = 1) ON c = chart AND k = sort_key AND code IS NULL
         LEFT JOIN (SELECT release AS r, group_concat(damage.message, '; ') AS lost FROM damage GROUP BY r)
           ON r = release.id
         WHERE code IS NOT NULL OR lost IS NOT NULL OR ${mutated}
         ORDER BY lost IS NULL, release.id DESC LIMIT ?`,
        limit,
      )
      .toArray();
  }

  problemCount(): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT count(*) AS n FROM release
         WHERE code IS NOT NULL OR id IN (SELECT release FROM damage) OR ${mutated}`,
      )
      .one().n;
  }
}

/** JSON list of the sources that show a release. */
const showing = (release: string): string =>
  `(SELECT json_group_array(url) FROM (SELECT DISTINCT url FROM shown JOIN source ON source.id = shown.source
    WHERE shown.release = ${release} ORDER BY source.id))`;

/**
 * Another digest of a version that is listed, also where its provenance does not verify; an expression over a row of
 * `release`. Of bytes that the operator has withdrawn nobody need tell him.
 */
export const mutated = `(listed = 0 AND state = 'stored' AND EXISTS (
  SELECT 1 FROM release AS pinned WHERE pinned.chart = release.chart
  AND pinned.sort_key = release.sort_key AND pinned.listed = 1) AND NOT ${isWithdrawn})`;
