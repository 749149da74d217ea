import type { RepositoryConfig } from "../config/config.ts";
import { type Log, messageOf } from "../observability/event.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { pinnedHead } from "./pin.ts";

/** Readers may hold a head from KV that is minutes old; its documents must still be there. */
const interimSeconds = 3600;
/** Revisions removed in one unit; each costs a few storage operations. */
const atOnce = 10;

export interface Collection {
  repository: string;
  config: RepositoryConfig;
  ledger: Ledger;
  store: RevisionStore;
  now: () => number;
  log: Log;
}

/**
 * Removes revisions that were superseded longer ago than history is kept for; those of a first fill soon.
 * Archives are never removed, and nothing is while the operator holds the repository at an older revision: what
 * was published before that is what a Keeper adopts that lost its ledger. A store that refuses is asked again in a later unit: nobody waits for this.
 */
export async function collectRevisions(collection: Collection): Promise<void> {
  const { repository, config, ledger, store, now, log } = collection;
  if (pinnedHead(ledger) !== undefined) return;
  const interim = Math.min(interimSeconds, config.history);
  const before = (seconds: number): number => now() - seconds * 1000;
  const expired = ledger.revisions.expired(before(config.history), before(interim), atOnce);
  if (expired.length === 0) return;
  try {
    // A unit that died behind the head, or another Keeper, may have made one of them the current one.
    const current = (await store.head())?.head.revision;
    const { revisions } = ledger;
    const superseded = expired.filter((one) => one.revision !== current || revisions.isNeeded(one));
    if (superseded.length === 0) return;
    for (const publication of superseded) {
      if (!revisions.isNeeded(publication)) await store.remove(publication.revision);
      revisions.forget(publication);
    }
    ledger.remember("history-due", now());
    log({ event: "collected", repository, revisions: superseded.length });
  } catch (error) {
    log({ event: "collect-failed", repository, message: messageOf(error) });
  }
}
