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

/** Characters that are told of what is kept beside one chart: some ten thousand signatures. */
const mostKept = 4 * 1024 * 1024;

/** Signatures, attestations and the like that are in storage beside charts. */
export class Kept {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
  charts(): string[] {
    return Array.from(this.#sql.exec("SELECT DISTINCT chart FROM kept").raw<[string]>(), ([chart]) => chart);
  }

  /**
   * What is kept beside a chart, by reference: that of the preferred source first, and of one source the latest.
   * No more than is read in one piece: a registry says how many signatures there are, and how long each is.
   *
   * @param order URLs of the sources, the preferred one first
   */
  ofChart(chart: string, order: readonly string[]): KeptRow[] {
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
  count(source: number): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM kept WHERE source = ?", source).one().n;
  }
}
