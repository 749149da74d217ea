import type { ChartEntry } from "../helm/chart-entry.ts";
import type { RegistryVersion } from "../storage/registry-lines.ts";
import type { ArchiveAddress } from "../upstream/archive-source.ts";

export type ReleaseState = "new" | "pending" | "stored" | "failed" | "gone" | "skipped";

/** One digest of a chart version, as far as placing a newly read entry needs it. */
export type PlacedRelease = {
  id: number;
  digest: string | null;
  state: ReleaseState;
  listed: number;
  /** JSON of ArchiveAddress[], in the sources' order of preference. */
  addresses: string;
};

export interface NewRelease {
  entry: ChartEntry;
  sortKey: string;
  line: Uint8Array;
  addresses: ArchiveAddress[];
  now: number;
  /** When its `minimumAge` began. */
  agedFrom: number;
  /** No source shows it. */
  lastSeen?: number;
}

/** Every digest ever seen of every chart version, and where it may be had. */
export class Releases {
  readonly #sql: SqlStorage;
  #lastId: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  ofVersion(chart: string, sortKey: string): PlacedRelease[] {
    return this.#sql
      .exec<PlacedRelease>(
        "SELECT id, digest, state, listed, addresses FROM release WHERE chart = ? AND sort_key = ? ORDER BY listed DESC, first_listed IS NULL, first_listed, id",
        chart,
        sortKey,
      )
      .toArray();
  }

  isEmpty(): boolean {
    return this.#sql.exec("SELECT 1 FROM release LIMIT 1").toArray().length === 0;
  }

  /** Every chart of which there is a release, though the read that found it has not come to an end. */
  chartsSoFar(): Set<string> {
    const rows = this.#sql.exec("SELECT DISTINCT chart FROM release").raw<[string]>();
    return new Set(Array.from(rows, ([chart]) => chart));
  }

  /** Every chart of which a source has, or had, a version. */
  charts(): string[] {
    const rows = this.#sql
      .exec("SELECT DISTINCT chart FROM release WHERE state <> 'new' ORDER BY chart")
      .raw<[string]>();
    return Array.from(rows, ([chart]) => chart);
  }

  line(id: number): Uint8Array {
    const { text } = this.#sql
      .exec<{ text: ArrayBuffer }>("SELECT text FROM line WHERE release = ?", id)
      .one();
    return new Uint8Array(text);
  }

  /** @returns its row id, counted here: reading it back would cost a first read a tenth of its time */
  add(release: NewRelease): number {
    const { entry } = release;
    this.#lastId ??= this.#sql
      .exec<{ id: number }>("SELECT coalesce(max(id), 0) AS id FROM release")
      .one().id;
    this.#lastId += 1;
    this.#sql.exec(
      `INSERT INTO release
       (id, chart, version, sort_key, name, digest, addresses, first_seen, last_seen, aged_from)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#lastId,
      entry.chart,
      entry.version,
      release.sortKey,
      entry.name,
      entry.digest ?? null,
      JSON.stringify(release.addresses),
      release.now,
      release.lastSeen ?? null,
      release.agedFrom,
    );
    this.#sql.exec("INSERT INTO line (release, text) VALUES (?, ?)", this.#lastId, release.line);
    return this.#lastId;
  }

  /** Published before, by another Keeper. What this one found out about provenance since then stays. */
  adopted(id: number, { archive, original, synthetic }: RegistryVersion): void {
    const provenance = synthetic.provenance === undefined ? "absent" : "stored";
    this.#sql.exec(
      `UPDATE release SET size = ?2, manifest = coalesce(?3, manifest),
       artifact = iif(artifact ->> 'withoutProvenance' = ?4, artifact, ?5),
       provenance = iif(?6 = 'absent' AND (due IS NOT NULL OR provenance = 'stored'), provenance, ?6),
       due = iif(?6 = 'stored' AND state = 'stored', NULL, due) WHERE id = ?1`,
      id,
      archive.size,
      original ?? null,
      synthetic.manifest,
      JSON.stringify(synthetic),
      provenance,
    );
  }

  /**
   * The manifest with which its archive came from a registry: what is there when it is stored stays, as the entry
   * does. Until then that of the most preferred source counts, of those that have manifests.
   *
   * @param source URL of the one that says so
   * @returns whether that changes what is listed
   */
  cameWith(id: number, manifest: string, source: string): boolean {
    const changed = this.#sql.exec<{ listed: number }>(
      `UPDATE release SET manifest = ?1
       WHERE id = ?2 AND (manifest IS NULL OR (NOT ${wasStored} AND manifest <> ?1 AND ?3 = (
         SELECT value ->> 'source' FROM json_each(addresses)
         WHERE value ->> 'source' NOT GLOB 'http*' ORDER BY key LIMIT 1))) RETURNING listed`,
      manifest,
      id,
      source,
    );
    return changed.toArray()[0]?.listed === 1;
  }

  /**
   * A source lists it again, perhaps with other text: what failed is tried anew, at the addresses of now.
   * `line`: the entry as it is now, for as long as the release was never stored and so never listed.
   */
  seenAgain(id: number, addresses: ArchiveAddress[], line: Uint8Array | undefined): void {
    if (line !== undefined) {
      this.#sql.exec(
        `UPDATE line SET text = ?1 WHERE release = ?2
         AND NOT EXISTS (SELECT 1 FROM release WHERE id = ?2 AND ${wasStored})`,
        line,
        id,
      );
    }
    this.#sql.exec(
      `UPDATE release SET addresses = ?,
       due = CASE WHEN state = 'failed' THEN 0 ELSE due END,
       attempts = CASE WHEN state = 'failed' THEN 0 ELSE attempts END,
       state = CASE WHEN state = 'failed' THEN 'pending' ELSE state END WHERE id = ?`,
      JSON.stringify(addresses),
      id,
    );
  }

  /** An index that shows them was read to its end: they are to be copied. */
  confirm(ids: readonly number[]): void {
    this.#sql.exec(
      `UPDATE release SET state = 'pending', due = 0, attempts = 0
       WHERE state IN ('new', 'gone') AND id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    );
    this.#sql.exec(
      `UPDATE release SET last_seen = NULL
       WHERE last_seen IS NOT NULL AND id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    );
  }

  /** A source shows them no more. Those that no source shows: what is, or was, stored stays, the rest is not asked for. */
  vanished(ids: readonly number[], now: number): void {
    const unseen = `id IN (SELECT value FROM json_each(?))
       AND id NOT IN (SELECT release FROM shown)`;
    this.#sql.exec(`DELETE FROM release WHERE state = 'new' AND ${unseen}`, JSON.stringify(ids));
    this.#sql.exec(
      `UPDATE release SET last_seen = ?,
       due = CASE WHEN ${wasStored} THEN due END,
       code = CASE WHEN ${wasStored} THEN code END,
       message = CASE WHEN ${wasStored} THEN message END,
       state = CASE WHEN ${wasStored} THEN state ELSE 'gone' END WHERE ${unseen}`,
      now,
      JSON.stringify(ids),
    );
  }
}

/** What storage has lost is what it was: it is listed again as soon as it is back. */
const wasStored = "(state = 'stored' OR size > 0)";
