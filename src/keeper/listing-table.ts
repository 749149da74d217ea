import type { ChartLines } from "../helm/index-layout.ts";

export type ListedLine = { sort_key: string; version: string; line: ArrayBuffer };

/** The releases that are listed: what a publication writes. */
export class Listing {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** With the line as it will stand in the index, and its SHA-256. */
  add(id: number, line: Uint8Array, lineHash: ArrayBuffer): void {
    this.#sql.exec("UPDATE release SET listed = 1, line_hash = ? WHERE id = ?", lineHash, id);
    this.#setLine(id, line);
  }

  /** Published before, by a Keeper whose ledger is lost: the archive and its provenance are in storage. */
  adopted(id: number, line: Uint8Array): void {
    this.#sql.exec(
      `UPDATE release SET state = 'stored', listed = 1, provenance = 'stored', due = NULL,
       line_hash = NULL WHERE id = ?`,
      id,
    );
    this.#setLine(id, line);
  }

  #setLine(id: number, line: Uint8Array): void {
    this.#sql.exec("UPDATE line SET text = ? WHERE release = ?", line, id);
  }

  unhashed(limit: number): { id: number; line: ArrayBuffer }[] {
    return this.#sql
      .exec<{ id: number; line: ArrayBuffer }>(
        `SELECT id, text AS line FROM release JOIN line ON line.release = id
         WHERE listed = 1 AND line_hash IS NULL LIMIT ?`,
        limit,
      )
      .toArray();
  }

  /** SHA-256 of every listed line, in the order of the index: charts ascending, versions descending. */
  hashes(): ArrayBuffer[] {
    return Array.from(
      this.#sql
        .exec("SELECT line_hash FROM release WHERE listed = 1 ORDER BY chart, sort_key DESC")
        .raw<[ArrayBuffer]>(),
      ([hash]) => hash,
    );
  }

  charts(): ChartLines[] {
    return this.#sql
      .exec<{ chart: string; versions: number; bytes: number }>(
        `SELECT chart, count(*) AS versions, sum(length(text)) AS bytes
         FROM release JOIN line ON line.release = id
         WHERE listed = 1 GROUP BY chart ORDER BY chart`,
      )
      .toArray();
  }

  /** The next lines of a chart, greatest version first, behind `after`: in pages, because no cursor outlives an await. */
  lines(chart: string, after: string | undefined, limit: number): ListedLine[] {
    // A sort key is ASCII: everything lies before this.
    const before = after ?? "\u{10ffff}";
    return this.#sql
      .exec<ListedLine>(
        `SELECT sort_key, version, text AS line FROM release JOIN line ON line.release = id
         WHERE listed = 1 AND chart = ? AND sort_key < ?
         ORDER BY sort_key DESC LIMIT ?`,
        chart,
        before,
        limit,
      )
      .toArray();
  }
}
