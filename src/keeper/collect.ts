import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";

/** Readers may hold a head from KV that is minutes old; its documents must still be there. */
const interimSeconds = 3600;
/** Revisions removed in one unit; each costs a few storage operations. */
const atOnce = 10;

/**
 * Removes revisions that were superseded longer ago than history is kept for; those of a first fill soon.
 * Archives are never removed.
 *
 * @returns how many
 */
export async function collectRevisions(
  ledger: Ledger,
  store: RevisionStore,
  historySeconds: number,
  now: number,
): Promise<number> {
  const interim = Math.min(interimSeconds, historySeconds);
  const expired = ledger.revisions.expired(now - historySeconds * 1000, now - interim * 1000, atOnce);
  for (const revision of expired) {
    await store.remove(revision);
    ledger.revisions.forget(revision);
  }
  return expired.length;
}
