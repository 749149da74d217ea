import type { RefusalReason } from "../provenance/verification.ts";

/** What came of verifying the provenance of a release, and against which keyring. */
export type SignatureVerdict =
  | { state: "verified"; keyring: number; fingerprint: string }
  | { state: "refused"; keyring: number; reason: RefusalReason; message: string };

/** A release whose provenance is to be verified. */
export type SignedRelease = { id: number; chart: string; version: string; name: string; digest: string };

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
        `SELECT id, chart, version, name, digest FROM release WHERE ${due} LIMIT ?2`,
        keyring,
        limit,
      )
      .toArray();
  }

  isDue(keyring: number): boolean {
    return this.#sql.exec(`SELECT 1 FROM release WHERE ${due} LIMIT 1`, keyring).toArray().length > 0;
  }

  judged(id: number, verdict: SignatureVerdict): void {
    this.#sql.exec("UPDATE release SET signature = ? WHERE id = ?", JSON.stringify(verdict), id);
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

/** In two ranges, each of which the index answers. */
const verifiedWith = "coalesce(signature ->> 'keyring', 0)";
const due = `provenance = 'stored' AND (${verifiedWith} < ?1 OR ${verifiedWith} > ?1)`;

const isWaiting = "(provenance = 'stored' AND signature IS NULL)";
const isUnverified = `unlisted = 'unverified' AND NOT ${isWaiting}`;
