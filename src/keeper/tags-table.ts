export interface ListedTag {
  tag: string;
  /** undefined: kept beside chart versions. */
  sortKey: string | undefined;
}

/** A tag of a chart that is known. */
export interface KnownTag {
  /** SHA-256 of the manifest when it was last read; null before. */
  manifest: string | null;
  /** It is to be read. */
  isDue: boolean;
  /** It may be one of the versions that `keepNewest` counts: it is of use, as far as is known, and need not wait. */
  counts: boolean;
}

export type DroppedTag = { chart: string; version: string; code: string; message: string };

/** The tags that a registry lists of its charts, and what came of reading them. */
export class Tags {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The tags of a chart that are known, without the manifests that have none. */
  known(source: number, chart: string): Map<string, KnownTag> {
    const rows = this.#sql
      .exec(
        `SELECT tag, tag.manifest, tag.due IS NOT NULL, tag.code IS NULL AND (release IS NULL
           OR (state <> 'failed' AND coalesce(unlisted, 'skipped') = 'skipped'))
         FROM tag LEFT JOIN release ON release.id = tag.release
         WHERE source = ? AND tag.chart = ? AND instr(tag, ':') = 0`,
        source,
        chart,
      )
      .raw<[string, string | null, number, number]>();
    const known = new Map<string, KnownTag>();
    for (const [tag, manifest, due, counts] of rows) {
      known.set(tag, { manifest, isDue: due === 1, counts: counts === 1 });
    }
    return known;
  }

  /**
   * Listed for the first time. @param due when it is to be read; null: it is not mirrored
   * @param isFirst the registry is asked for the first time
   */
  add(
    source: number,
    chart: string,
    { tag, sortKey }: ListedTag,
    { due, isFirst = false }: { due: number | null; isFirst?: boolean },
  ): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO tag (source, chart, tag, sort_key, due, first) VALUES (?, ?, ?, ?, ?, ?)",
      source,
      chart,
      tag,
      sortKey ?? null,
      due,
      isFirst ? 1 : 0,
    );
  }

  /** Charts of which something is known. */
  charts(source: number): string[] {
    const rows = this.#sql.exec("SELECT DISTINCT chart FROM tag WHERE source = ?", source).raw<[string]>();
    return Array.from(rows, ([chart]) => chart);
  }

  /** No longer listed. @returns the releases that they led to */
  forget(source: number, chart: string, tags: readonly string[]): number[] {
    return tags.flatMap((tag) =>
      this.#sql
        .exec<{ release: number | null }>(
          "DELETE FROM tag WHERE source = ? AND chart = ? AND tag = ? RETURNING release",
          source,
          chart,
          tag,
        )
        .toArray()
        .flatMap(({ release }) => release ?? []),
    );
  }

  /** The chart is gone, or asked for no more. @returns the releases that its tags led to */
  forgetChart(source: number, chart: string): number[] {
    return this.#sql
      .exec<{ release: number | null }>(
        "DELETE FROM tag WHERE source = ? AND chart = ? RETURNING release",
        source,
        chart,
      )
      .toArray()
      .flatMap(({ release }) => release ?? []);
  }

  /** The source is no longer configured. @returns the releases that it showed, and whether it showed anything */
  forgetSource(source: number): { releases: number[]; any: boolean } {
    const rows = this.#sql
      .exec<{ release: number | null }>("DELETE FROM tag WHERE source = ? RETURNING release", source)
      .toArray();
    return { releases: rows.flatMap(({ release }) => release ?? []), any: rows.length > 0 };
  }

  /** Chart versions among the tags of a source that may be used, or are still to be read. */
  usable(source: number): number {
    return this.#sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM tag WHERE source = ? AND sort_key IS NOT NULL AND (release IS NOT NULL OR code IS NULL)",
        source,
      )
      .one().n;
  }

  /** Chart versions that were not read yet, of all sources, retries included; and those that are not to be read. */
  countUnread(): { unread: number; skipped: number } {
    return this.#sql
      .exec<{ unread: number; skipped: number }>(
        `SELECT count(*) FILTER (WHERE due IS NOT NULL) AS unread,
         count(*) FILTER (WHERE due IS NULL AND code IS NULL) AS skipped
         FROM tag WHERE manifest IS NULL AND sort_key IS NOT NULL`,
      )
      .one();
  }

  /** Tags that cannot be used, and those with which something is wrong for the moment. */
  countProblems(): { dropped: number; passing: number } {
    return this.#sql
      .exec<{ dropped: number; passing: number }>(
        `SELECT count(*) FILTER (WHERE due IS NULL) AS dropped, count(*) FILTER (WHERE due IS NOT NULL) AS passing
         FROM tag WHERE code IS NOT NULL`,
      )
      .one();
  }

  listDropped(limit: number): DroppedTag[] {
    return this.#sql
      .exec<DroppedTag>(
        `SELECT chart, tag AS version, code, message FROM tag WHERE code IS NOT NULL
         ORDER BY chart, sort_key DESC, tag LIMIT ?`,
        limit,
      )
      .toArray();
  }
}
