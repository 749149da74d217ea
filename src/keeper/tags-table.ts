/** A tag of a chart's repository in a registry that is to be read, or looked at again. */
export type DueTag = {
  source: number;
  chart: string;
  /** Also `sha256:<hex>`: a manifest that refers to a chart's, and has no tag. */
  tag: string;
  /** null: not a chart version, but kept beside one: a signature, an attestation, … */
  sort_key: string | null;
  /** SHA-256 of the manifest when it was last read; null before. */
  manifest: string | null;
  release: number | null;
  attempts: number;
  /** 1: it was there when the registry was first asked. */
  first: number;
};

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

/** A signature, an attestation, or the like, that is in storage. */
export type KeptRow = {
  chart: string;
  /** The tag, or `sha256:<subject>` where there is none. */
  reference: string;
  /** SHA-256 of its manifest. */
  manifest: string;
  /** SHA-256 of the manifest that it says it refers to. */
  subject: string | null;
  /** JSON of its KeptDescriptor. */
  descriptor: string;
};

export type DroppedTag = { chart: string; version: string; code: string; message: string };

const messageLength = 500;
/** Characters that are told of what is kept beside one chart: some ten thousand signatures. */
const mostKept = 4 * 1024 * 1024;

/** What the lists of tags of a registry's charts hold now, and what reading them gave. */
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

  /** One that was not read yet is to be read after all; null: it is not. */
  wanted(source: number, chart: string, tag: string, due: number | null): void {
    this.#sql.exec(
      "UPDATE tag SET due = ?, attempts = 0 WHERE source = ? AND chart = ? AND tag = ?",
      due,
      source,
      chart,
      tag,
    );
  }

  /** Charts of which something is known. */
  charts(source: number): string[] {
    const rows = this.#sql.exec("SELECT DISTINCT chart FROM tag WHERE source = ?", source).raw<[string]>();
    return Array.from(rows, ([chart]) => chart);
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

  /** The source is no longer configured. @returns the releases that it showed, and whether it showed anything */
  forgetSource(source: number): { releases: number[]; any: boolean } {
    const rows = this.#sql
      .exec<{ release: number | null }>("DELETE FROM tag WHERE source = ? RETURNING release", source)
      .toArray();
    return { releases: rows.flatMap(({ release }) => release ?? []), any: rows.length > 0 };
  }

  /** The source is back: what failed because it was down need not wait any longer. */
  retryPassing(source: number, codes: readonly string[], now: number): void {
    this.#sql.exec(
      `UPDATE tag SET due = ?, attempts = 0 WHERE source = ? AND due IS NOT NULL
       AND code IN (SELECT value FROM json_each(?))`,
      now,
      source,
      JSON.stringify(codes),
    );
  }

  /** With other settings, what could not be used may be usable. */
  retryDropped(source: number, now: number): void {
    this.#sql.exec("UPDATE tag SET due = ?, attempts = 0 WHERE source = ? AND code IS NOT NULL", now, source);
  }

  /** What is to be read now: the newest version of every chart first, and behind the versions what is kept beside them. */
  due(source: number, now: number, limit: number): DueTag[] {
    return this.#sql
      .exec<DueTag>(
        `SELECT source, chart, tag, sort_key, manifest, release, attempts, first FROM (
           SELECT *, ROW_NUMBER() OVER (PARTITION BY chart ORDER BY sort_key DESC) AS rank
           FROM tag WHERE source = ?1 AND due <= ?2
         ) ORDER BY sort_key IS NULL, rank, chart, tag LIMIT ?3`,
        source,
        now,
        limit,
      )
      .toArray();
  }

  nextDue(source: number): number | undefined {
    return this.#sql
      .exec<{ due: number }>(
        "SELECT due FROM tag WHERE source = ? AND due IS NOT NULL ORDER BY due LIMIT 1",
        source,
      )
      .toArray()[0]?.due;
  }

  /** Tags, read before, that may have moved since. */
  toRecheck(source: number, now: number, limit: number): DueTag[] {
    return this.#sql
      .exec<DueTag>(
        `SELECT source, chart, tag, sort_key, manifest, release, attempts, first FROM tag
         WHERE source = ? AND recheck <= ? AND due IS NULL ORDER BY recheck LIMIT ?`,
        source,
        now,
        limit,
      )
      .toArray();
  }

  /** It is what it was. */
  rechecked({ source, chart, tag }: DueTag, next: number): void {
    this.#sql.exec(
      "UPDATE tag SET recheck = ? WHERE source = ? AND chart = ? AND tag = ?",
      next,
      source,
      chart,
      tag,
    );
  }

  /** Its manifest is another one now: to be read again. */
  moved({ source, chart, tag }: DueTag, now: number): void {
    this.#sql.exec(
      "UPDATE tag SET due = ?, attempts = 0 WHERE source = ? AND chart = ? AND tag = ?",
      now,
      source,
      chart,
      tag,
    );
  }

  /** Read, and of use. `recheck` null: it cannot move. */
  read(tag: DueTag, manifest: string, release: number | null, recheck: number | null): void {
    this.#sql.exec(
      `UPDATE tag SET manifest = ?, release = ?, code = NULL, message = NULL, attempts = 0, due = NULL,
       recheck = ? WHERE source = ? AND chart = ? AND tag = ?`,
      manifest,
      release,
      recheck,
      tag.source,
      tag.chart,
      tag.tag,
    );
  }

  /** Read, and of no use until it moves. */
  dropped(tag: DueTag, manifest: string, why: { code: string; message: string }, recheck: number): void {
    this.#sql.exec(
      `UPDATE tag SET manifest = ?, release = NULL, code = ?, message = ?, attempts = 0, due = NULL,
       recheck = ? WHERE source = ? AND chart = ? AND tag = ?`,
      manifest,
      why.code,
      why.message.slice(0, messageLength),
      recheck,
      tag.source,
      tag.chart,
      tag.tag,
    );
  }

  /** Could not be read; tried again at `due`. What it led to before stays. */
  postpone(tag: DueTag, due: number, error: { code: string; message: string }): void {
    this.#sql.exec(
      `UPDATE tag SET attempts = attempts + 1, due = ?, code = ?, message = ?
       WHERE source = ? AND chart = ? AND tag = ?`,
      due,
      error.code,
      error.message.slice(0, messageLength),
      tag.source,
      tag.chart,
      tag.tag,
    );
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

  /**
   * In storage, and never forgotten. What was kept before and is back under its tag counts as the latest, also where
   * the clock went back.
   *
   * @returns whether that is news
   */
  keep(source: number, { chart, reference, manifest, subject, descriptor }: KeptRow, now: number): boolean {
    const known = this.#sql
      .exec<{ manifest: string }>(
        "SELECT manifest FROM kept WHERE source = ? AND chart = ? AND reference = ? ORDER BY kept_at DESC, manifest",
        source,
        chart,
        reference,
      )
      .toArray()
      .map((row) => row.manifest);
    // Many may refer to one manifest; a tag leads to one.
    if (reference.includes(":") ? known.includes(manifest) : known[0] === manifest) return false;
    this.#sql.exec(
      `INSERT INTO kept (source, chart, reference, manifest, subject, descriptor, kept_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, max(?7, coalesce((
         SELECT max(kept_at) + 1 FROM kept WHERE source = ?1 AND chart = ?2 AND reference = ?3), 0)))
       ON CONFLICT DO UPDATE SET kept_at = excluded.kept_at`,
      source,
      chart,
      reference,
      manifest,
      subject,
      descriptor,
      now,
    );
    return true;
  }

  /** Charts beside which something is kept. */
  chartsWithKept(): string[] {
    return Array.from(this.#sql.exec("SELECT DISTINCT chart FROM kept").raw<[string]>(), ([chart]) => chart);
  }

  /**
   * What is kept beside a chart, by reference: that of the preferred source first, and of one source the latest.
   * No more than is read in one piece: a registry says how many signatures there are, and how long each is.
   *
   * @param order URLs of the sources, the preferred one first
   */
  kept(chart: string, order: readonly string[]): KeptRow[] {
    const rows = this.#sql.exec<KeptRow>(
      `SELECT chart, reference, manifest, subject, descriptor FROM kept
       LEFT JOIN source ON source.id = kept.source
       LEFT JOIN json_each(?) AS preferred ON preferred.value = source.url
       WHERE chart = ?
       ORDER BY reference, coalesce(preferred.key, 1000000), kept_at DESC, manifest`,
      JSON.stringify(order),
      chart,
    );
    const kept: KeptRow[] = [];
    let left = mostKept;
    for (const row of rows) {
      left -= row.reference.length + row.descriptor.length;
      if (left < 0) break;
      kept.push(row);
    }
    return kept;
  }

  /** Signatures and the like that are in storage. */
  countKept(source: number): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM kept WHERE source = ?", source).one().n;
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
