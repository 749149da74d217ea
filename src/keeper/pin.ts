import type { Head } from "../storage/head.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { isSamePublication, publishedHead } from "./own-head.ts";

/** A head that the operator holds: `pinned` says since when. */
export type PinnedHead = Head & { pinned: string };

/** What the operator wants published, whatever the ledger lists; `undefined` where nothing is pinned. */
export function pinnedHead(ledger: Ledger): PinnedHead | undefined {
  const pinned = ledger.fact("pinned-head");
  return pinned === undefined ? undefined : JSON.parse(pinned);
}

export function pin(ledger: Ledger, head: PinnedHead): void {
  ledger.remember("pinned-head", JSON.stringify(head));
}

/** What the ledger lists by now is published again. @returns whether anything was pinned */
export function letGo(ledger: Ledger): boolean {
  if (pinnedHead(ledger) === undefined) return false;
  ledger.transaction(() => {
    ledger.remember("pinned-head", undefined);
    ledger.listingChanged();
  });
  return true;
}

/** Whether there is something to publish: the pinned revision where one is, otherwise a listing that changed. */
export function isPublicationDue(ledger: Ledger): boolean {
  const pinned = pinnedHead(ledger);
  return pinned === undefined ? ledger.fact("unlisted-changes") !== undefined : !isHeldAt(ledger, pinned);
}

export const isHeldAt = (ledger: Ledger, pinned: PinnedHead): boolean =>
  isSamePublication(publishedHead(ledger), pinned);

/**
 * The head that leads to a kept revision, with the sizes of its documents as they are stored: a ledger that was
 * lost does not know all of them.
 *
 * @param now milliseconds since 1970
 */
export async function headOfKept(
  ledger: Ledger,
  store: RevisionStore,
  revision: string,
  now: number,
): Promise<PinnedHead | "unknown" | "incomplete"> {
  const kept = ledger.revisions.kept(revision);
  if (kept === undefined) return "unknown";
  const sizes = await store.sizes(revision);
  if (sizes === undefined) return "incomplete";
  const since = new Date(now).toISOString();
  return {
    revision,
    publishedAt: since,
    bytes: sizes.get("index.json") ?? 0,
    gzipBytes: sizes.get("index.json.gz") ?? 0,
    latestBytes: sizes.get("latest.json") ?? 0,
    latestGzipBytes: sizes.get("latest.json.gz") ?? 0,
    charts: kept.charts,
    versions: kept.versions,
    pinned: since,
    // What was withdrawn since it was published is filtered while answering.
    ...(kept.withdrawals === undefined ? {} : { withdrawals: kept.withdrawals }),
  };
}
