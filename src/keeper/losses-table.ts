/** Losses that are not followed yet: so many, and when the first of them was noted. */
export type PendingLosses = { count: number; since: number };

/** Listed versions that no source shows any more, where the policy is to hide them. */
export class Losses {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** By the sort key of the version. */
  ofChart(chart: string): Map<string, { isFollowed: boolean }> {
    const rows = this.#sql
      .exec("SELECT sort_key, followed FROM loss WHERE chart = ?", chart)
      .raw<[string, number]>();
    return new Map(Array.from(rows, ([key, followed]) => [key, { isFollowed: followed === 1 }]));
  }

  /** Sort keys of a chart's versions that a registry has under a tag which was not read yet. */
  unread(chart: string): Set<string> {
    const rows = this.#sql
      .exec(
        `SELECT sort_key FROM source CROSS JOIN tag ON tag.source = source.id
         WHERE tag.chart = ? AND tag.manifest IS NULL AND tag.sort_key IS NOT NULL`,
        chart,
      )
      .raw<[string]>();
    return new Set(Array.from(rows, ([key]) => key));
  }

  note(chart: string, sortKey: string, now: number): void {
    this.#sql.exec("INSERT INTO loss (chart, sort_key, since) VALUES (?, ?, ?)", chart, sortKey, now);
  }

  forget(chart: string, sortKey: string): void {
    this.#sql.exec("DELETE FROM loss WHERE chart = ? AND sort_key = ?", chart, sortKey);
  }

  pending(): PendingLosses {
    return this.#sql
      .exec<PendingLosses>(
        "SELECT count(*) AS count, coalesce(min(since), 0) AS since FROM loss WHERE followed = 0",
      )
      .one();
  }

  /** Those noted until then are followed; their charts are due for judgement. @returns how many */
  follow(noted: number): number {
    this.#sql.exec(
      `INSERT INTO judgement (chart, due) SELECT DISTINCT chart, 0 FROM loss
       WHERE followed = 0 AND since <= ? ON CONFLICT (chart) DO UPDATE SET due = 0`,
      noted,
    );
    return this.#sql
      .exec("UPDATE loss SET followed = 1 WHERE followed = 0 AND since <= ? RETURNING 1", noted)
      .toArray().length;
  }
}
