import type { Head } from "../storage/head.ts";
import type { Ledger } from "./ledger.ts";
import { listingChanges } from "./listing-changes.ts";

/** What this Keeper knows to be published. */
export function publishedHead(ledger: Ledger): Head | undefined {
  const published = ledger.fact("published");
  return published === undefined ? undefined : JSON.parse(published);
}

/** A revision that is pinned, and the same one that is not, are two publications. */
export const isSamePublication = (known: Head | undefined, head: Head): boolean =>
  known?.revision === head.revision && known.pinned === head.pinned;

/**
 * A unit that died behind the head leaves a revision that was begun: a step of the one that comes next. No head that is
 * pinned was begun so: somebody went back to it, and what was published in between is not known here.
 */
export function isOurs(ledger: Ledger, head: Head): boolean {
  if (isSamePublication(publishedHead(ledger), head)) return true;
  if (head.pinned !== undefined || !ledger.revisions.wasBegun(head.revision)) return false;
  const nothing = listingChanges([]); // what it changed still counts as not published
  ledger.transaction(() => {
    ledger.revisions.published({ head, at: Date.parse(head.publishedAt), interim: true, changes: nothing });
    ledger.remember("published", JSON.stringify(head));
  });
  return true;
}

/** Another Keeper published: what it listed is adopted before anything is published over it. */
export function lostRace(ledger: Ledger): false {
  ledger.remember("published", undefined);
  return false;
}
