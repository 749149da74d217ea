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

const messageLength = 500;

/** Which tags are to be read, or looked at again, and when. */
export class TagQueue {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
}
