/** An entry of a source's index that was parsed before, recognised by its text. */
export interface KnownSighting {
  chart: string;
  version: string;
  /** null: the entry was dropped. */
  release: number | null;
  code: string | null;
}

export interface NewSighting {
  source: number;
  fingerprint: number;
  read: number;
  chart: string;
  version: string;
}

export type DroppedRow = { chart: string; version: string; code: string; message: string };

/** What the sources' indexes hold now: fingerprint of an entry's text → release, or why it was dropped. */
export class Sightings {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  known(source: number): Map<number, KnownSighting> {
    const rows = this.#sql
      .exec<{
        fingerprint: number;
        chart: string;
        version: string;
        release: number | null;
        code: string | null;
      }>("SELECT fingerprint, chart, version, release, code FROM sighting WHERE source = ?", source)
      .raw<[number, string, string, number | null, string | null]>();
    const known = new Map<number, KnownSighting>();
    for (const [fingerprint, chart, version, release, code] of rows) {
      known.set(fingerprint, { chart, version, release, code });
    }
    return known;
  }

  add(sighting: NewSighting, release: number): void {
    this.#put(sighting, release, null, null);
  }

  drop(sighting: NewSighting, code: string, message: string): void {
    this.#put(sighting, null, code, message.slice(0, 500));
  }

  #put(sighting: NewSighting, release: number | null, code: string | null, message: string | null): void {
    const { source, fingerprint, read, chart, version } = sighting;
    this.#sql.exec(
      `INSERT OR REPLACE INTO sighting (source, fingerprint, read, chart, version, release, code, message)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      source,
      fingerprint,
      read,
      chart,
      version,
      release,
      code,
      message,
    );
  }

  forget(source: number, fingerprint: number): void {
    this.#sql.exec("DELETE FROM sighting WHERE source = ? AND fingerprint = ?", source, fingerprint);
  }

  /** What a read that came to no good end had added. */
  forgetUnconfirmed(source: number, confirmed: number): void {
    this.#sql.exec("DELETE FROM sighting WHERE source = ? AND read > ?", source, confirmed);
  }

  forgetDropped(source: number): void {
    this.#sql.exec("DELETE FROM sighting WHERE source = ? AND release IS NULL", source);
  }

  /** @returns whether there was anything to forget */
  forgetSource(source: number): boolean {
    return this.#sql.exec("DELETE FROM sighting WHERE source = ? RETURNING 1", source).toArray().length > 0;
  }

  isSeen(release: number): boolean {
    return this.#sql.exec("SELECT 1 FROM sighting WHERE release = ? LIMIT 1", release).next().done === false;
  }

  countDropped(): number {
    return this.#sql
      .exec<{ n: number }>(
        `SELECT count(*) AS n FROM sighting JOIN source ON source.id = sighting.source
         WHERE release IS NULL AND read <= confirmed`,
      )
      .one().n;
  }

  dropped(limit: number): DroppedRow[] {
    return this.#sql
      .exec<DroppedRow>(
        `SELECT chart, version, sighting.code AS code, sighting.message AS message FROM sighting
         JOIN source ON source.id = sighting.source
         WHERE release IS NULL AND read <= confirmed ORDER BY read DESC, chart, version LIMIT ?`,
        limit,
      )
      .toArray();
  }
}
