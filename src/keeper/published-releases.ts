import type { ChangedVersion } from "./listing-changes.ts";

/** Which releases the last publication listed, where that was not what the ledger lists. */
export class PublishedReleases {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Exactly these are published from now on. @returns the chart versions that this changes, in the order of the index */
  replaceBy(releases: readonly number[]): ChangedVersion[] {
    const chosen = JSON.stringify(releases);
    const changed = this.#sql
      .exec<ChangedVersion>(
        `WITH chosen AS MATERIALIZED (SELECT value AS id FROM json_each(?))
         SELECT chart, version, max(id IN chosen) AS listed, max(published IS NOT NULL) AS published FROM release
         WHERE (chart, sort_key) IN (
           SELECT chart, sort_key FROM release WHERE (published IS NOT NULL) <> (id IN chosen))
         AND (id IN chosen OR published IS NOT NULL)
         GROUP BY chart, sort_key ORDER BY chart, sort_key DESC`,
        chosen,
      )
      .toArray();
    this.#sql.exec(
      `WITH chosen AS MATERIALIZED (SELECT value AS id FROM json_each(?))
       UPDATE release SET published = CASE WHEN id IN chosen THEN coalesce(line_hash, x'00') END
       WHERE published IS NOT NULL OR id IN chosen`,
      chosen,
    );
    return changed;
  }
}
