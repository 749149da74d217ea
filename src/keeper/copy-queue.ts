import type { SyntheticDigests } from "../storage/registry-lines.ts";
import { type Preference, bound, hasToWait, rankOf } from "./preference.ts";
import type { ReleaseState } from "./releases-table.ts";

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

/** What upstreams make us say is bounded: a hundred of them stand in one status. */
const messageLength = 500;

/** Which archives and provenance are to be copied and when, and what came of it. */
export class CopyQueue {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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

  provenanceStored(id: number): void {
    this.#sql.exec("UPDATE release SET provenance = 'stored', attempts = 0, due = NULL WHERE id = ?", id);
  }

  /** No source has any; what is stored, because one had it before, stays. */
  provenanceAbsent(id: number): void {
    this.#sql.exec(
      `UPDATE release SET provenance = iif(provenance = 'stored', provenance, 'absent'), attempts = 0, due = NULL
       WHERE id = ?`,
      id,
    );
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
}
