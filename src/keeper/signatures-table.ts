import { backoffSeconds } from "./backoff.ts";
import type { RefusalReason } from "../provenance/verification.ts";

/** What came of verifying the provenance of a release, and against which keyring. */
export type SignatureVerdict =
  | { state: "verified"; keyring: number; fingerprint: string }
  | { state: "refused"; keyring: number; reason: RefusalReason; message: string };

/** A release whose provenance is to be verified. */
export type SignedRelease = {
  id: number;
  chart: string;
  version: string;
  name: string;
  digest: string;
  /** How often other provenance was asked for. */
  attempts: number;
};

/** A release that is not listed because its provenance does not verify. */
export type UnverifiedRelease = {
  chart: string;
  version: string;
  provenance: "unknown" | "absent" | "stored";
  reason: string | null;
  message: string | null;
};

/** What is known of the provenance of releases. */
export class Signatures {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Those with provenance that was not verified against this keyring. */
  due(keyring: number, limit: number): SignedRelease[] {
    return this.#sql
      .exec<SignedRelease>(
        `SELECT id, chart, version, name, digest, attempts FROM release WHERE ${due} LIMIT ?2`,
        keyring,
        limit,
      )
      .toArray();
  }

  isDue(keyring: number): boolean {
    return this.#sql.exec(`SELECT 1 FROM release WHERE ${due} LIMIT 1`, keyring).toArray().length > 0;
  }

  judged({ id, attempts }: SignedRelease, verdict: SignatureVerdict, now: number): void {
    this.#sql.exec("UPDATE release SET signature = ? WHERE id = ?", JSON.stringify(verdict), id);
    if (verdict.state === "refused") this.askAgain(id, attempts, now);
  }

  /** What was stored is not there any more: it is asked for again, with the archive where that is lost as well. */
  lost(id: number, now: number): void {
    this.#sql.exec(
      `UPDATE release SET provenance = 'unknown', signature = NULL, attempts = iif(state = 'stored', 0, attempts),
       due = iif(state = 'stored', ?, due) WHERE id = ?`,
      now,
      id,
    );
  }

  /**
   * A version that was never listed, for want of provenance that verifies: its sources are asked for some again, ever
   * more rarely. What came with a manifest from a registry has its provenance there, and gets no other.
   *
   * @param attempts how often they were asked in vain
   */
  askAgain(id: number, attempts: number, now: number): void {
    if (attempts >= mostAttempts) return;
    this.#sql.exec(
      `UPDATE release SET due = ?, attempts = ? WHERE id = ? AND state = 'stored' AND due IS NULL AND ${neverListed}`,
      now + backoffSeconds(attempts + 1, 3600, 86_400) * 1000,
      attempts + 1,
      id,
    );
  }

  /** What is stored does not verify, and nobody was ever led to it. */
  mayBeReplaced(id: number): boolean {
    const found = this.#sql.exec(
      `SELECT 1 FROM release WHERE id = ? AND signature ->> 'state' = 'refused' AND ${neverListed}`,
      id,
    );
    return found.toArray().length > 0;
  }

  /** Other provenance is stored, to be verified. @param attempts how often it was asked for so far */
  replaced(id: number, attempts: number): void {
    this.#sql.exec("UPDATE release SET signature = NULL, attempts = ? WHERE id = ?", attempts, id);
  }

  /** The newest first. */
  unverified(limit: number): UnverifiedRelease[] {
    return this.#sql
      .exec<UnverifiedRelease>(
        `SELECT chart, version, provenance, signature ->> 'reason' AS reason, signature ->> 'message' AS message
         FROM release WHERE ${isUnverified} ORDER BY id DESC LIMIT ?`,
        limit,
      )
      .toArray();
  }

  /** `waiting`: those that are not listed until their provenance was looked at. */
  counts(): { unverified: number; waiting: number } {
    return this.#sql
      .exec<{ unverified: number; waiting: number }>(
        `SELECT count(*) FILTER (WHERE ${isUnverified}) AS unverified,
         count(*) FILTER (WHERE unlisted = 'unverified' AND ${isWaiting}) AS waiting FROM release`,
      )
      .one();
  }
}

/** Within some four days. */
const mostAttempts = 8;
const neverListed = "first_listed IS NULL AND manifest IS NULL";

/** In two ranges, each of which the index answers. */
const verifiedWith = "coalesce(signature ->> 'keyring', 0)";
const due = `provenance = 'stored' AND (${verifiedWith} < ?1 OR ${verifiedWith} > ?1)`;

const isWaiting = "(provenance = 'stored' AND signature IS NULL)";
const isUnverified = `unlisted = 'unverified' AND NOT ${isWaiting}`;
