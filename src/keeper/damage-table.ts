export type DamagedPart = "archive" | "provenance";

/** A release whose stored bytes are to be looked at. */
export type StoredRelease = {
  id: number;
  chart: string;
  version: string;
  digest: string;
  size: number;
  /** 1: its provenance is, or should be, in storage. */
  signed: number;
  /** 1: known to be missing or damaged. */
  damaged: number;
  unsigned: number;
};

/** Stored bytes that were found missing or damaged and are not there again. */
export class Damage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The next releases that are, or were, in storage, listed or not. */
  after(id: number, limit: number): StoredRelease[] {
    return this.#sql.exec<StoredRelease>(`${stored} AND id > ? ORDER BY id LIMIT ?`, id, limit).toArray();
  }

  /** Those of these releases. */
  those(ids: readonly number[]): StoredRelease[] {
    return this.#sql
      .exec<StoredRelease>(`${stored} AND id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids))
      .toArray();
  }

  total(): number {
    return this.#sql.exec<{ n: number }>(`SELECT count(*) AS n FROM release WHERE ${wasStored}`).one().n;
  }

  /** What is missing of releases that are, or were, stored. */
  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM damage").one().n;
  }

  has(id: number, part: DamagedPart): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM damage WHERE release = ? AND part = ?", id, part).toArray().length > 0
    );
  }

  /** Their archives are not in storage any more: they are to be copied again. @returns charts of those that were */
  archivesLost(ids: readonly number[], message: string, now: number): string[] {
    const lost = this.#sql
      .exec<{ id: number; chart: string }>(
        `UPDATE release SET state = 'pending', due = 0, attempts = 0, code = NULL, message = NULL
         WHERE state = 'stored' AND id IN (SELECT value FROM json_each(?)) RETURNING id, chart`,
        JSON.stringify(ids),
      )
      .toArray();
    for (const { id } of lost) this.#found(id, "archive", message, now);
    return lost.map(({ chart }) => chart);
  }

  /** It is still not there: the sources are asked now, not when their back-off says. */
  retry(id: number): void {
    this.#sql.exec(
      "UPDATE release SET state = 'pending', due = 0, attempts = 0 WHERE id = ? AND state = 'failed'",
      id,
    );
  }

  /** Its provenance is not in storage any more: to be asked for again, and what comes, to be verified. */
  provenanceLost(id: number, message: string, now: number): void {
    this.#sql.exec(
      `UPDATE release SET provenance = 'unknown', signature = NULL, due = 0, attempts = 0
       WHERE id = ? AND state = 'stored'`,
      id,
    );
    this.#found(id, "provenance", message, now);
  }

  /** Its archive is in storage again: as it was, but for what is still not known of its provenance. @returns its chart */
  archiveIsBack(id: number): string {
    return this.#sql
      .exec<{ chart: string }>(
        `UPDATE release SET state = 'stored', attempts = 0, due = iif(provenance = 'unknown', 0, NULL),
         code = NULL, message = NULL WHERE id = ? RETURNING chart`,
        id,
      )
      .one().chart;
  }

  provenanceIsBack(id: number): void {
    this.#sql.exec(
      "UPDATE release SET provenance = 'stored', due = iif(state = 'stored', NULL, due) WHERE id = ?",
      id,
    );
  }

  /** @returns whether it was damaged */
  repaired(id: number, part: DamagedPart): boolean {
    const rows = this.#sql.exec(
      "DELETE FROM damage WHERE release = ? AND part = ? RETURNING release",
      id,
      part,
    );
    return rows.toArray().length > 0;
  }

  /** Stored releases with these archives. */
  storedWith(digests: readonly string[]): number[] {
    return this.#sql
      .exec<{ id: number }>(
        "SELECT id FROM release WHERE state = 'stored' AND digest IN (SELECT value FROM json_each(?))",
        JSON.stringify(digests),
      )
      .toArray()
      .map(({ id }) => id);
  }

  #found(id: number, part: DamagedPart, message: string, now: number): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO damage (release, part, found_at, message) VALUES (?, ?, ?, ?)",
      id,
      part,
      now,
      message,
    );
  }
}

/** Of a row of `release`. */
export const isDamaged = (part: DamagedPart): string =>
  `EXISTS (SELECT 1 FROM damage WHERE damage.release = release.id AND part = '${part}')`;

const wasStored = `digest IS NOT NULL AND (state = 'stored' OR ${isDamaged("archive")})`;

const stored = `SELECT id, chart, version, digest, size, provenance = 'stored' OR ${isDamaged("provenance")} AS signed,
  ${isDamaged("archive")} AS damaged, ${isDamaged("provenance")} AS unsigned FROM release WHERE ${wasStored}`;
