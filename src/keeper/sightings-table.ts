/** An entry of a source's index that was parsed before, recognised by its text. */
export interface KnownSighting {
  chart: string;
  version: string;
  /** null: the entry was dropped. */
  release: number | null;
  code: string | null;
  /** Number of the read that parsed it. */
  read: number;
}

export interface NewSighting {
  source: number;
  fingerprint: number;
  read: number;
  chart: string;
  version: string;
}

export type DroppedRow = { chart: string; version: string; code: string; message: string };

/** A usable entry has shorter ones; a dropped one may have any. */
const nameLength = 250;

const releasesOf = (rows: Iterable<{ release: number | null }>): number[] =>
  Array.from(rows, ({ release }) => release).filter((release) => release !== null);

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
        read: number;
      }>("SELECT fingerprint, chart, version, release, code, read FROM sighting WHERE source = ?", source)
      .raw<[number, string, string, number | null, string | null, number]>();
    const known = new Map<number, KnownSighting>();
    for (const [fingerprint, chart, version, release, code, read] of rows) {
      known.set(fingerprint, { chart, version, release, code, read });
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
      chart.slice(0, nameLength),
      version.slice(0, nameLength),
      release,
      code,
      message,
    );
  }

  forget(source: number, fingerprint: number): void {
    this.#sql.exec("DELETE FROM sighting WHERE source = ? AND fingerprint = ?", source, fingerprint);
  }

  /** What a read that came to no good end had added. @returns the releases that it led to */
  forgetUnconfirmed(source: number, confirmed: number): number[] {
    return releasesOf(
      this.#sql.exec<{ release: number | null }>(
        "DELETE FROM sighting WHERE source = ? AND read > ? RETURNING release",
        source,
        confirmed,
      ),
    );
  }

  forgetDropped(source: number): void {
    this.#sql.exec("DELETE FROM sighting WHERE source = ? AND release IS NULL", source);
  }

  /** @returns the releases that it showed, and whether there was anything to forget */
  forgetSource(source: number): { releases: number[]; any: boolean } {
    const rows = this.#sql
      .exec<{ release: number | null }>("DELETE FROM sighting WHERE source = ? RETURNING release", source)
      .toArray();
    return { releases: releasesOf(rows), any: rows.length > 0 };
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
