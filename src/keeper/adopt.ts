import { type ChartEntry, indexLine } from "../helm/chart-entry.ts";
import { readIndex } from "../helm/read-index.ts";
import { versionSortKey } from "../helm/version.ts";
import type { Head } from "../storage/head.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import { adoptRegistry } from "./adopt-registry.ts";
import { archivePath } from "./archive-path.ts";
import type { Ledger } from "./ledger.ts";
import { listingChanges } from "./listing-changes.ts";
import { pin, pinnedHead } from "./pin.ts";
import { place } from "./reconcile.ts";
import { forgetSummary } from "./report.ts";

const encoder = new TextEncoder();
/** Lines hashed and committed at once. */
const page = 64;
/** Our own index: as large as we once wrote it. */
const limits = { indexBytes: Number.MAX_SAFE_INTEGER, entryBytes: 4 * 1024 * 1024, fallbackBytes: 64 * 1024 };

/**
 * Takes over what is published although the ledger does not know of it: the ledger was lost, or another
 * Keeper moved the head. Without this the next publication would drop what only the old one listed.
 * May be interrupted and repeated.
 */
export async function adoptPublished(ledger: Ledger, store: RevisionStore, now: number): Promise<void> {
  const current = await store.head();
  if (current === undefined) return;
  const isBegun = current.head.pinned === undefined && ledger.revisions.wasBegun(current.head.revision);
  if (isBegun) return; // its own: publishing goes on from there
  const index = await store.open(current.head.revision, "index.json");
  if (index === undefined) {
    // The head leads nowhere: there is nothing to keep, and the next publication may take its place.
    ledger.remember("published", JSON.stringify(current.head));
    return;
  }
  forgetSummary(ledger);
  const history = await store.history();
  const { insteadOf } = current.head; // what the ledger lists is younger than a head that is pinned
  if (insteadOf !== undefined) await adoptRevision(ledger, store, insteadOf, now);
  ledger.listing.nothingPublished();
  await adoptIndex(ledger, index, now);
  await adoptRegistry(ledger, store, current.head.revision, now);
  ledger.transaction(() => {
    ledger.revisions.adopt(history.revisions);
    const changes = listingChanges([]);
    ledger.revisions.published({ head: current.head, at: now, interim: false, changes });
    ledger.remember("published", JSON.stringify(current.head));
    adoptPin(ledger, current.head);
    ledger.remember("kv-due", now); // it may have stopped before KV had all of it
    ledger.remember("history-due", now);
    ledger.remember("adopted", 1);
    ledger.withdrawn.unlist();
    ledger.judgements.markAll();
    ledger.listingChanged();
  });
}

/** What the operator told this Keeper counts more than what is found. */
function adoptPin(ledger: Ledger, head: Head): void {
  const { pinned } = head;
  if (pinned !== undefined && pinnedHead(ledger) === undefined) pin(ledger, { ...head, pinned });
}

async function adoptRevision(
  ledger: Ledger,
  store: RevisionStore,
  revision: string,
  now: number,
): Promise<void> {
  const index = await store.open(revision, "index.json");
  if (index === undefined) return;
  await adoptIndex(ledger, index, now);
  await adoptRegistry(ledger, store, revision, now);
}

async function adoptIndex(ledger: Ledger, index: ReadableStream<Uint8Array>, now: number): Promise<void> {
  const outcome = await readIndex(index, limits, {
    entry: (raw) => {
      const parsed = raw.parse();
      if (parsed.ok) adoptEntry(ledger, parsed.entry, now);
      return true;
    },
    restart: () => {},
  });
  if (outcome.kind !== "complete") {
    const why = outcome.kind === "unusable" ? outcome.message : outcome.kind;
    throw new Error(`the published index cannot be read: ${why}`);
  }
  await hashLines(ledger);
}

/** What readers have seen counts, not what this ledger has listed and could not publish: other bytes, or another text. */
function adoptEntry(ledger: Ledger, entry: ChartEntry, now: number): void {
  const { digest } = entry;
  if (digest === undefined) return;
  const sortKey = versionSortKey(entry.version) ?? entry.version;
  const siblings = ledger.releases.ofVersion(entry.chart, sortKey);
  const line = encoder.encode(indexLine(entry, digest, archivePath(entry, digest)));
  const placement = place(digest, siblings);
  const id =
    placement.kind === "known"
      ? placement.release.id
      : ledger.releases.add({ entry, sortKey, line, addresses: [], now, agedFrom: now, lastSeen: now });
  for (const sibling of siblings) {
    if (sibling.listed === 1 && sibling.id !== id) ledger.listing.neverPublished(sibling.id);
  }
  ledger.listing.adopted(id, line, now);
}

async function hashLines(ledger: Ledger): Promise<void> {
  for (;;) {
    const lines = ledger.listing.unhashed(page);
    if (lines.length === 0) return;
    const hashes = await Promise.all(lines.map(({ line }) => crypto.subtle.digest("SHA-256", line)));
    ledger.transaction(() => {
      for (const [index, { id }] of lines.entries()) {
        ledger.listing.hashed(id, hashes[index] ?? new ArrayBuffer(0));
        ledger.listing.publishedBefore(id);
      }
    });
  }
}
