import type { ChartEntry } from "../helm/chart-entry.ts";
import type { RegistryVersion, SyntheticDigests } from "../storage/registry-lines.ts";
import type { ArchiveAddress } from "../upstream/archive-source.ts";
import { type Preference, bound, hasToWait, rankOf } from "./preference.ts";

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

/** A release whose archive or provenance is to be copied. */
export type DueRelease = {
  id: number;
  chart: string;
  version: string;
  sort_key: string;
  name: string;
  digest: string | null;
  /** Of the archive in bytes, once it is stored. */
  size: number;
  addresses: string;
  state: ReleaseState;
  attempts: number;
  provenance: "unknown" | "absent" | "stored";
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

/** What upstreams make us say is bounded: a hundred of them stand in one status. */
const messageLength = 500;

/** Every digest ever seen of every chart version, and how far it is copied. */
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

  /** A source is back: what it shows, and what failed because it was down, is tried once more. */
  retryPassing(source: number, codes: readonly string[]): void {
    this.#sql.exec(
      `UPDATE release SET due = 0 WHERE state IN ('pending', 'failed')
       AND code IN (SELECT value FROM json_each(?)) AND id IN (SELECT release FROM shown WHERE source = ?)`,
      JSON.stringify(codes),
      source,
    );
  }

  /** The configuration changed: what was refused before may work now. */
  retryFailed(): void {
    this.#sql.exec("UPDATE release SET state = 'pending', attempts = 0, due = 0 WHERE state = 'failed'");
  }

  /**
   * What is to be copied now: the newest version of every chart first, then the second newest, … Of two
   * digests of one version that of the preferred source has its turn first, and of one source's the one seen
   * first, because the first one stored is listed.
   */
  due(now: number, limit: number, preference?: Preference): DueRelease[] {
    const rank = (release: string): string => (preference === undefined ? "0" : rankOf(release));
    return this.#sql
      .exec<DueRelease>(
        `SELECT id, chart, version, sort_key, name, digest, size, addresses, state, attempts, provenance
         FROM release JOIN (
           SELECT id AS ranked, ROW_NUMBER() OVER (PARTITION BY chart ORDER BY sort_key DESC) AS rank
           FROM release WHERE due <= ?1 AND chart NOT IN (SELECT chart FROM judgement WHERE due <= ?1)
           AND NOT EXISTS (
             SELECT 1 FROM release AS earlier WHERE earlier.chart = release.chart
             AND earlier.sort_key = release.sort_key
             AND (${rank("earlier")}, earlier.id) < (${rank("release")}, release.id)
             AND earlier.state = 'pending' AND earlier.due <= ?1)
           ${preference === undefined ? "" : `AND NOT ${hasToWait}`}
         ) ON id = ranked ORDER BY rank, chart LIMIT ?2`,
        now,
        limit,
        ...bound(preference),
      )
      .toArray();
  }

  /** When something is to be copied, or could be but for a preferred source. Milliseconds since 1970. */
  nextDue(now: number, preference?: Preference): number | undefined {
    const [first] = this.#sql
      .exec<{ due: number }>("SELECT due FROM release WHERE due IS NOT NULL ORDER BY due LIMIT 1")
      .toArray();
    if (preference === undefined || first === undefined || first.due > now) return first?.due;
    const ready = this.#sql.exec(
      `SELECT 1 FROM release WHERE due <= ?1 AND ?2 AND NOT ${hasToWait} LIMIT 1`,
      now,
      1,
      ...bound(preference),
    );
    if (ready.toArray().length > 0) return now;
    return this.#sql
      .exec<{ due: number }>("SELECT due FROM release WHERE due > ? ORDER BY due LIMIT 1", now)
      .toArray()[0]?.due;
  }

  isStored(id: number): boolean {
    return this.#sql.exec("SELECT 1 FROM release WHERE id = ? AND state = 'stored'", id).toArray().length > 0;
  }

  line(id: number): Uint8Array {
    const { text } = this.#sql
      .exec<{ text: ArrayBuffer }>("SELECT text FROM line WHERE release = ?", id)
      .one();
    return new Uint8Array(text);
  }

  /** The archive is in storage. @param artifact what registry clients get where it came with no manifest */
  stored(id: number, size: number, artifact: SyntheticDigests | undefined): void {
    this.#sql.exec(
      `UPDATE release SET state = 'stored', size = ?, artifact = ?, attempts = 0, due = NULL, code = NULL,
       message = NULL WHERE id = ?`,
      size,
      artifact === undefined ? null : JSON.stringify(artifact),
      id,
    );
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

  /** A release without a digest turned out to have this one. Answers the row that now stands for it. */
  digestFound(id: number, digest: string, now: number): number {
    const twin = this.#sql
      .exec<{ id: number }>(
        `SELECT other.id AS id FROM release JOIN release AS other
         ON other.chart = release.chart AND other.sort_key = release.sort_key
         WHERE release.id = ? AND other.digest = ?`,
        id,
        digest,
      )
      .toArray()[0];
    if (twin === undefined) {
      // What was tried in vain before had perhaps other bytes then.
      this.#sql.exec(
        "UPDATE release SET digest = ?, aged_from = iif(attempts = 0, aged_from, ?) WHERE id = ?",
        digest,
        now,
        id,
      );
      return id;
    }
    // The sources of the one are not those of the other: each shows a version once.
    this.#sql.exec(
      `UPDATE release SET last_seen = NULL, addresses = (SELECT json_group_array(json(value)) FROM (
         SELECT value FROM release AS one, json_each(one.addresses) WHERE one.id IN (?1, ?2)
         ORDER BY one.id = ?1 DESC, key)) WHERE id = ?1`,
      twin.id,
      id,
    );
    this.#sql.exec("UPDATE sighting SET release = ? WHERE release = ?", twin.id, id);
    this.#sql.exec("UPDATE tag SET release = ? WHERE release = ?", twin.id, id);
    this.#sql.exec("DELETE FROM release WHERE id = ?", id);
    return twin.id;
  }

  provenance(id: number, state: "absent" | "stored"): void {
    this.#sql.exec("UPDATE release SET provenance = ?, attempts = 0, due = NULL WHERE id = ?", state, id);
  }

  /** The archive is there; whether it has provenance could not be found out. */
  provenanceDue(id: number, due: number, attempts: number): void {
    this.#sql.exec("UPDATE release SET attempts = ?, due = ? WHERE id = ?", attempts, due, id);
  }

  /** A source has provenance for it, perhaps where none was found before. */
  provenanceOffered(id: number, now: number): void {
    this.#sql.exec(
      "UPDATE release SET attempts = 0, due = ? WHERE id = ? AND state = 'stored' AND provenance = 'absent'",
      now,
      id,
    );
  }

  /** It may pass soon: tried again at `due`. */
  postpone(id: number, due: number, error: { code: string; message: string }): void {
    this.#sql.exec(
      "UPDATE release SET attempts = attempts + 1, due = ?, code = ?, message = ? WHERE id = ?",
      due,
      error.code,
      error.message.slice(0, messageLength),
      id,
    );
  }

  /** Given up, until the upstream lists it with other text; `due` if it is worth a look later all the same. */
  failed(id: number, due: number | null, error: { code: string; message: string }): void {
    this.#sql.exec(
      "UPDATE release SET state = 'failed', attempts = attempts + 1, due = ?, code = ?, message = ? WHERE id = ?",
      due,
      error.code,
      error.message.slice(0, messageLength),
      id,
    );
  }
}

/** What storage has lost is what it was: it is listed again as soon as it is back. */
const wasStored = "(state = 'stored' OR size > 0)";
