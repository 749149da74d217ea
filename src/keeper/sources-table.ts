import type { Limits, SourceConfig } from "../config/config.ts";
import type { Validators } from "../upstream/http-repository.ts";

export type SourceRow = {
  id: number;
  url: string;
  settings: string;
  etag: string | null;
  last_modified: string | null;
  state: "ok" | "failing" | "unknown";
  checked_at: number | null;
  succeeded_at: number | null;
  changed_at: number | null;
  failures: number;
  error_code: string | null;
  error_message: string | null;
  next_check: number;
  /** Number of the last read that came to a good end. */
  confirmed: number;
  /** Usable entries in that read. */
  entries: number;
  /** 1 if something stood behind its entries, so that a cut would have been seen. */
  closed: number;
  /** How many entries a pass of the read that is under way came to before its budget was spent. */
  came: number;
  /** When the small files beside the index want fetching; null while they do not. */
  files_due: number | null;
  /** Of a registry: JSON of how far a round over its charts has come; null between rounds. */
  round: string | null;
  /** Of a registry: JSON of the last check's RegistryReport. */
  told: string | null;
  /** Of a registry: until when no tag is read, because it asked for that or failed too often; and how many times in a row. */
  paused_until: number;
  /** 1 if it asked for the pause. */
  pause_asked: number;
  pauses: number;
  /** Since when it fails without a break; null while it does not. */
  failing_since: number | null;
  /** JSON of the last Outage that is over. */
  outage: string | null;
  /** Checks that came to an end, and how long they took in all, in milliseconds. */
  checks: number;
  check_ms: number;
};

export interface ConfirmedRead {
  read: number;
  validators: Validators;
  entries: number;
  closed: boolean;
}

/** The sources of a repository and what their checks said. */
export class Sources {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The source's row, made on first sight. `settingsChanged`: the configuration of it is not what it was. */
  open(config: SourceConfig, limits: Limits): { row: SourceRow; settingsChanged: boolean } {
    const settings = settingsOf(config, limits);
    this.#sql.exec("INSERT OR IGNORE INTO source (url, settings) VALUES (?, ?)", config.url, settings);
    const row = this.#sql.exec<SourceRow>("SELECT * FROM source WHERE url = ?", config.url).one();
    return { row, settingsChanged: row.settings !== settings };
  }

  byId(id: number): SourceRow {
    return this.#sql.exec<SourceRow>("SELECT * FROM source WHERE id = ?", id).one();
  }

  /** New settings: everything is looked at again, as if nothing were known of the index's text. */
  reset(id: number, config: SourceConfig, limits: Limits): void {
    this.#sql.exec(
      `UPDATE source SET settings = ?, etag = NULL, last_modified = NULL, next_check = 0, files_due = 0,
       round = NULL, paused_until = 0 WHERE id = ?`,
      settingsOf(config, limits),
      id,
    );
  }

  /** An outage that ends is remembered until the next one. @param took milliseconds */
  succeeded(id: number, now: number, nextCheck: number, took: number): void {
    this.#sql.exec(
      `UPDATE source SET state = 'ok', checked_at = ?1, succeeded_at = ?1, failures = 0,
       outage = iif(failing_since IS NULL, outage, json_object('since', failing_since, 'until', ?1,
         'code', error_code, 'message', error_message)),
       failing_since = NULL, error_code = NULL, error_message = NULL, next_check = ?2,
       checks = checks + 1, check_ms = check_ms + ?3 WHERE id = ?4`,
      now,
      nextCheck,
      took,
      id,
    );
  }

  failed(
    id: number,
    now: number,
    nextCheck: number,
    error: { code: string; message: string; took: number },
  ): void {
    this.#sql.exec(
      `UPDATE source SET state = 'failing', checked_at = ?1, failures = failures + 1,
       failing_since = coalesce(failing_since, ?1), error_code = ?2, error_message = ?3, next_check = ?4,
       checks = checks + 1, check_ms = check_ms + ?5 WHERE id = ?6`,
      now,
      error.code,
      error.message,
      nextCheck,
      error.took,
      id,
    );
  }

  confirm(id: number, now: number, confirmed: ConfirmedRead): void {
    this.#sql.exec(
      `UPDATE source SET confirmed = ?, etag = ?, last_modified = ?, entries = ?, closed = ?,
       changed_at = ?, files_due = 0, came = 0 WHERE id = ?`,
      confirmed.read,
      confirmed.validators.etag,
      confirmed.validators.lastModified,
      confirmed.entries,
      confirmed.closed ? 1 : 0,
      now,
      id,
    );
  }

  /** Of a member: everything that belongs to this revision was taken in. */
  tookIn(id: number, revision: string): void {
    this.#sql.exec("UPDATE source SET etag = ? WHERE id = ?", revision, id);
  }

  /** A registry's charts were all asked for their tags. */
  roundEnded(id: number, now: number, { told, changed }: { told: string; changed: boolean }): void {
    this.#sql.exec(
      "UPDATE source SET round = NULL, told = ?, changed_at = iif(?, ?, changed_at) WHERE id = ?",
      told,
      changed ? 1 : 0,
      now,
      id,
    );
  }

  /** How far a round has come that goes on later; null: it begins anew. */
  roundCameTo(id: number, round: string | null): void {
    this.#sql.exec("UPDATE source SET round = ? WHERE id = ?", round, id);
  }

  /** Its tags are left alone for a while; `asked`: because it asked for that. */
  paused(id: number, until: number, asked: boolean): void {
    this.#sql.exec(
      "UPDATE source SET paused_until = ?, pause_asked = ?, pauses = pauses + 1 WHERE id = ?",
      until,
      asked ? 1 : 0,
      id,
    );
  }

  /** A tag was read: whatever made it pause is over. What was sent before a pause began ends none. */
  unpaused(id: number, now: number): void {
    this.#sql.exec(
      "UPDATE source SET paused_until = 0, pauses = 0 WHERE id = ? AND pauses > 0 AND paused_until <= ?",
      id,
      now,
    );
  }

  /** It is back: nothing is left alone any longer, but for what it asked for. */
  resumed(id: number): void {
    this.#sql.exec("UPDATE source SET paused_until = 0 WHERE id = ? AND pause_asked = 0", id);
  }

  /** There is nothing to ask it yet. */
  postponed(id: number, nextCheck: number): void {
    this.#sql.exec("UPDATE source SET next_check = ? WHERE id = ?", nextCheck, id);
  }

  cameTo(id: number, entries: number): void {
    this.#sql.exec("UPDATE source SET came = ? WHERE id = ?", entries, id);
  }

  /** Rows of sources that are configured no more; releases may still refer to them. */
  notAmong(urls: readonly string[]): number[] {
    return this.#sql
      .exec<{ id: number }>(
        "SELECT id FROM source WHERE url NOT IN (SELECT value FROM json_each(?))",
        JSON.stringify(urls),
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** When its small files are to be asked for again; null: when it has changed. */
  filesDue(id: number, due: number | null): void {
    this.#sql.exec("UPDATE source SET files_due = ? WHERE id = ?", due, id);
  }

  /** It is configured no more, and nothing of it is remembered. */
  forget(id: number): void {
    this.#sql.exec("DELETE FROM source WHERE id = ?", id);
  }
}

/** Everything of the configuration on which it depends what of a source can be used. */
const settingsOf = (config: SourceConfig, limits: Limits): string => JSON.stringify({ ...config, limits });
