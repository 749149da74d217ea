import { isDamaged } from "./damage-table.ts";
import type { ChangedVersion } from "./listing-changes.ts";

export type ListedLine = {
  sort_key: string;
  version: string;
  /** SHA-256 of the archive. */
  digest: string;
  /** Of the archive, in bytes. */
  size: number;
  line: ArrayBuffer;
  line_hash: ArrayBuffer;
  /** SHA-256 of the manifest with which it came from a registry. */
  manifest: string | null;
  /** JSON of its SyntheticDigests. */
  artifact: string | null;
};

export type LineSize = { chart: string; version: string; bytes: number };

const order = "ORDER BY chart, sort_key DESC";

/** The releases that are listed: what a publication writes. */
export class Listing {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Its archive, and the SHA-256 of its line, are known. */
  show(id: number, now: number): void {
    this.#sql.exec(
      "UPDATE release SET listed = 1, first_listed = coalesce(first_listed, ?) WHERE id = ?",
      now,
      id,
    );
  }

  hide(id: number): void {
    this.#sql.exec("UPDATE release SET listed = 0 WHERE id = ?", id);
  }

  /** Other bytes of its version are what readers have seen: this was not the first one. */
  neverPublished(id: number): void {
    this.#sql.exec("UPDATE release SET listed = 0, first_listed = NULL WHERE id = ?", id);
  }

  /**
   * Published before, by another Keeper: the archive is in storage, unless this one knows that it is damaged. What is
   * known of its provenance stays.
   */
  adopted(id: number, line: Uint8Array, now: number): void {
    const isKept = `(state = 'stored' OR ${isDamaged("archive")})`;
    this.#sql.exec(
      `UPDATE release SET due = iif(${isKept}, due, NULL), state = iif(${isKept}, state, 'stored'), listed = 1,
       first_listed = coalesce(first_listed, ?), unlisted = NULL, line_hash = NULL WHERE id = ?`,
      now,
      id,
    );
    this.setLine(id, line);
  }

  /** The line as it will stand in the index. */
  setLine(id: number, line: Uint8Array): void {
    this.#sql.exec("UPDATE line SET text = ? WHERE release = ?", line, id);
  }

  /** @param lineHash SHA-256 of its line */
  hashed(id: number, lineHash: ArrayBuffer): void {
    this.#sql.exec("UPDATE release SET line_hash = ? WHERE id = ?", lineHash, id);
  }

  /** Versions that are listed. */
  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM release WHERE listed = 1").one().n;
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

  /** Of every listed line of a chart: its SHA-256, and what registry clients see of it; in the order of the index. */
  hashes(chart: string): (ArrayBuffer | string)[] {
    return Array.from(
      this.#sql
        .exec(
          `SELECT line_hash, coalesce(manifest, '') || ' ' || coalesce(artifact, '') || char(10)
           FROM release WHERE listed = 1 AND chart = ? ORDER BY sort_key DESC`,
          chart,
        )
        .raw<[ArrayBuffer, string]>(),
    ).flat();
  }

  /** In the order of the index: charts ascending, versions descending. */
  sizes(): LineSize[] {
    return this.#sql
      .exec<LineSize>(
        `SELECT chart, version, length(text) AS bytes FROM release JOIN line ON line.release = id
         WHERE listed = 1 ${order}`,
      )
      .toArray();
  }

  /** The next lines of a chart, greatest version first, behind `after`: in pages, because no cursor outlives an await. */
  lines(chart: string, after: string | undefined, limit: number): ListedLine[] {
    // A sort key is ASCII: everything lies before this.
    const before = after ?? "\u{10ffff}";
    return this.#sql
      .exec<ListedLine>(
        `SELECT sort_key, version, digest, size, text AS line, line_hash, manifest, artifact
         FROM release JOIN line ON line.release = id
         WHERE listed = 1 AND chart = ? AND sort_key < ?
         ORDER BY sort_key DESC LIMIT ?`,
        chart,
        before,
        limit,
      )
      .toArray();
  }

  /** Chart versions that are not published as they are listed, in the order of the index. */
  changes(): ChangedVersion[] {
    return this.#sql
      .exec<ChangedVersion>(
        `SELECT chart, version, max(listed) AS listed, max(published IS NOT NULL) AS published FROM release
         WHERE (chart, sort_key) IN (SELECT chart, sort_key FROM release WHERE ${differs})
         AND (listed = 1 OR published IS NOT NULL) GROUP BY chart, sort_key ${order}`,
      )
      .toArray();
  }

  /** What is published is not known, or somebody else's. */
  nothingPublished(): void {
    this.#sql.exec("UPDATE release SET published = NULL WHERE published IS NOT NULL");
  }

  /** It is published as it is listed. */
  publishedBefore(id: number): void {
    this.#sql.exec("UPDATE release SET published = line_hash WHERE id = ?", id);
  }

  /** What is listed is published from now on. */
  published(): void {
    this.#sql.exec(`UPDATE release SET published = CASE WHEN listed = 1 THEN line_hash END WHERE ${differs}`);
  }
}

const differs = "published IS NOT CASE WHEN listed = 1 THEN line_hash END";
