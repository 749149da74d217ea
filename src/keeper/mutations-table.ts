import { mutated } from "./release-figures.ts";

/** A version of which other bytes were stored than those that are listed. */
export type Mutation = { chart: string; version: string; digest: string; listed: string };

/** Versions that changed their bytes, and whether somebody was told. */
export class Mutations {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** All that are known, and those of them of which nobody was told. */
  count(): { known: number; untold: number } {
    return this.#sql
      .exec<{ known: number; untold: number }>(
        `SELECT count(*) AS known, count(*) FILTER (WHERE told = 0) AS untold FROM release WHERE ${mutated}`,
      )
      .one();
  }

  /** The first few of which nobody was told. */
  untold(limit: number): Mutation[] {
    return this.#sql
      .exec<Mutation>(
        `SELECT chart, version, digest, (SELECT digest FROM release AS pinned WHERE pinned.listed = 1
           AND pinned.chart = release.chart AND pinned.sort_key = release.sort_key) AS listed
         FROM release WHERE told = 0 AND ${mutated} ORDER BY chart, sort_key DESC LIMIT ?`,
        limit,
      )
      .toArray();
  }

  /** The bytes that are listed are told with them: they are no news when the others take their place. */
  told(): void {
    this.#sql.exec(
      `UPDATE release SET told = 1 WHERE told = 0 AND state = 'stored' AND (chart, sort_key) IN (
         SELECT chart, sort_key FROM release WHERE told = 0 AND ${mutated})`,
    );
  }
}
