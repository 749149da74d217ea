export type RevisionRow = { revision: string };

/** What was published when. */
export class Revisions {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Its documents are about to be written: should it never be published, they are collected all the same. */
  begun(revision: string, now: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO revision (revision, published_at, superseded_at, interim) VALUES (?1, ?2, ?2, 1)",
      revision,
      now,
    );
  }

  /** `interim`: published while copying was still going on, so of no interest as history. */
  published(revision: string, now: number, interim: boolean): void {
    this.#sql.exec(
      "UPDATE revision SET superseded_at = ? WHERE superseded_at IS NULL AND revision <> ?",
      now,
      revision,
    );
    this.#sql.exec(
      "INSERT OR REPLACE INTO revision (revision, published_at, superseded_at, interim) VALUES (?, ?, NULL, ?)",
      revision,
      now,
      interim ? 1 : 0,
    );
  }

  /** Superseded so long ago that nobody reads them any more. */
  expired(historyBefore: number, interimBefore: number, limit: number): string[] {
    return this.#sql
      .exec<RevisionRow>(
        `SELECT revision FROM revision WHERE superseded_at IS NOT NULL
         AND (superseded_at < ? OR (interim = 1 AND superseded_at < ?)) ORDER BY superseded_at LIMIT ?`,
        historyBefore,
        interimBefore,
        limit,
      )
      .toArray()
      .map((row) => row.revision);
  }

  forget(revision: string): void {
    this.#sql.exec("DELETE FROM revision WHERE revision = ?", revision);
  }
}
