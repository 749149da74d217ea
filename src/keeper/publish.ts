import type { RepositoryConfig } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import type { Head } from "../storage/head.ts";
import type { KeptManifest } from "../storage/registry-lines.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { listingChanges } from "./listing-changes.ts";
import { isOurs, isSamePublication, lostRace, publishedHead } from "./own-head.ts";
import { pinnedHead } from "./pin.ts";
import { publishPinned } from "./publish-pinned.ts";
import { keptManifests } from "./registry-document.ts";
import { revisionOf } from "./revision-digest.ts";
import { writeRevision } from "./write-revision.ts";

export interface Publishing {
  repository: string;
  config: Pick<RepositoryConfig, "sources">;
  ledger: Ledger;
  store: RevisionStore;
  /** Whether more is on its way, so that what is published is a step of a fill. */
  isFilling: () => boolean;
  now: () => number;
  log: Log;
}

/**
 * Publishes what the ledger lists, if that is not what is published already: the revision's documents first,
 * the head last. The archives that it lists were stored before the ledger listed them.
 *
 * @returns whether the head moved
 */
export async function publish(publishing: Publishing): Promise<boolean> {
  const { ledger, store, now, log, repository } = publishing;
  const pinned = pinnedHead(ledger);
  if (pinned !== undefined) return publishPinned(publishing, pinned);
  if (ledger.fact("unlisted-changes") === undefined) {
    endFill(publishing);
    return false;
  }
  const { listing } = ledger;
  const contents = { listing, sizes: listing.sizes(), kept: keptBeside(publishing) };
  const revision = await revisionOf(contents);
  const current = await store.head();
  const isThere = current?.head.revision === revision && current.head.pinned === undefined;
  if (isThere) return await catchUp(publishing, current);
  if (current !== undefined && !isOurs(ledger, current.head)) return lostRace(ledger);
  ledger.revisions.begun(revision, now());
  const written = await writeRevision({ ...contents, store, revision });
  const head = withNumber(ledger, { ...written, publishedAt: new Date(now()).toISOString() });
  if (!(await store.moveHead(head, current?.etag))) return lostRace(ledger);
  log({ event: "published", repository, revision, charts: head.charts, versions: head.versions });
  remember(publishing, head);
  return true;
}

/**
 * What is listed is published already: by a unit that died before it could remember, or nothing has changed but the
 * number of the withdrawals, which the head says.
 */
async function catchUp(
  publishing: Publishing,
  { head: current, etag }: { head: Head; etag: string },
): Promise<boolean> {
  const { ledger, store } = publishing;
  const head = withNumber(ledger, current);
  const isNumbered = head.withdrawals === current.withdrawals;
  if (!isNumbered && !(await store.moveHead(head, etag))) return lostRace(ledger);
  if (!isSamePublication(publishedHead(ledger), head)) {
    remember(publishing, head);
    return true;
  }
  if (publishedHead(ledger)?.withdrawals !== head.withdrawals) renumber(publishing, head);
  ledger.remember("unlisted-changes", undefined);
  endFill(publishing);
  return !isNumbered;
}

/** Nothing is listed that this number withdraws: readers look for it no more. */
function withNumber(ledger: Ledger, head: Head): Head {
  const { withdrawals: _, ...rest } = head;
  const number = ledger.number("withdrawals");
  return number === 0 ? rest : { ...rest, withdrawals: number };
}

function renumber({ ledger, now }: Publishing, head: Head): void {
  const at = now();
  ledger.transaction(() => {
    ledger.revisions.renumbered(head);
    ledger.remember("published", JSON.stringify(head));
    ledger.remember("kv-due", at);
    ledger.remember("history-due", at);
  });
}

function remember({ ledger, isFilling, now }: Publishing, head: Head): void {
  const at = now();
  ledger.transaction(() => {
    const interim = isFilling();
    const changes = listingChanges(ledger.listing.changes());
    ledger.revisions.published({ head, at, interim, changes });
    noteLetGo(ledger, head);
    ledger.listing.published();
    ledger.remember("published", JSON.stringify(head));
    ledger.remember("unlisted-changes", undefined);
    ledger.remember("filling", interim ? 1 : undefined);
    ledger.remember("kv-due", interim ? interimKvDue(ledger, at) : at);
    if (!interim) ledger.remember("history-due", at);
  });
}

/**
 * Where the ledger lists what the repository was held at, no publication follows: the one that there is counts as an
 * ordinary one from now on, also for who has to adopt it.
 */
function noteLetGo(ledger: Ledger, head: Head): void {
  if (publishedHead(ledger)?.pinned === undefined) return;
  const [current] = ledger.revisions.history();
  if (current?.head.revision !== head.revision) return;
  ledger.revisions.renumbered({ ...head, publishedAt: current.head.publishedAt });
}

/** A fill may end without anything more to publish, as where its last archives cannot be had. */
function endFill({ ledger, isFilling, now }: Publishing): void {
  if (ledger.fact("filling") === undefined || isFilling()) return;
  const at = now();
  ledger.transaction(() => {
    ledger.revisions.fillEnded();
    ledger.remember("filling", undefined);
    if (ledger.fact("kv-due") !== undefined) ledger.remember("kv-due", at);
    ledger.remember("history-due", at);
  });
}

/**
 * In the middle of a fill, which publishes with every unit, KV follows once a minute: the Free plan allows a
 * thousand writes a day. Readers ask R2 for what KV lacks.
 */
function interimKvDue(ledger: Ledger, now: number): number {
  const pending = ledger.fact("kv-due");
  return pending === undefined ? now + 60_000 : Number(pending);
}

/** What is kept beside a chart's versions. */
function keptBeside({ ledger, config }: Publishing): (chart: string) => KeptManifest[] {
  const order = config.sources.map(({ url }) => url);
  const charts = new Set(ledger.kept.charts());
  return (chart) => (charts.has(chart) ? keptManifests(ledger.kept.ofChart(chart, order)) : []);
}
