import type { Budget, RepositoryConfig } from "../config/config.ts";
import { type Log, messageOf } from "../observability/event.ts";
import { statusKey } from "../storage/keys.ts";
import type { KvWrites } from "../storage/kv-writes.ts";
import { RevisionStore } from "../storage/revision-store.ts";
import type { RepositoryStatus } from "../storage/status.ts";
import { RequestMeter } from "../upstream/bounded-fetch.ts";
import { adoptPublished } from "./adopt.ts";
import { applyWithdrawals, nextWithdrawalWork } from "./apply-withdrawals.ts";
import { askSources } from "./ask-sources.ts";
import { collectRevisions } from "./collect.ts";
import { copyDue } from "./copy.ts";
import { judgeCharts, rulesChanged } from "./judge-charts.ts";
import { deliverNotices } from "./deliver-notices.ts";
import type { Ledger } from "./ledger.ts";
import { isFilling, never, nextWork } from "./next-work.ts";
import { type SourceParts, archiveSources, openSources } from "./open-sources.ts";
import { isPublicationDue } from "./pin.ts";
import { nextPurge, purgeDigests } from "./purge-digests.ts";
import { publish } from "./publish.ts";
import { recordNotices } from "./record-notices.ts";
import { replicate } from "./replicate.ts";
import { askEverySource } from "./sync-now.ts";
import { tellOthers, verifyStored } from "./verify.ts";
import { settleLosses } from "./settle-losses.ts";
import { noteFailure, noteSuccess } from "./storage-problems.ts";
import { countUnit, forgetSummary, keepSummary, reportStatus } from "./report.ts";
import { verifyDue } from "./verify-due.ts";
import { writeHistory } from "./write-history.ts";

/** Archives are begun for so long in a unit; then what came is published, and the next unit goes on. */
const copySeconds = 60;
const statusRetrySeconds = 300;

export interface UnitParts extends SourceParts {
  repository: string;
  budget: Budget;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "get" | "put" | "delete" | "head" | "createMultipartUpload">;
  kv: KvWrites;
  log: Log;
  /** Tells the platform's cache that the repository's index changed, and that these digests were withdrawn. */
  purge: (repository: string, digests?: readonly string[]) => Promise<void>;
  /** Tells the repositories that this one is a member of that it has published. */
  announce: (repository: string) => Promise<void>;
  /** Tells the other repositories that these archives are not in storage any more. */
  tellLost: (repository: string, digests: readonly string[]) => Promise<void>;
}

/**
 * One unit of work: check what is due, copy what is due, publish what came of it, say how things stand.
 * Everything is committed to the ledger piece by piece, so a unit may end at any point and the next one
 * goes on from there. A unit that finds nothing to do writes nothing.
 */
export async function runUnit(parts: UnitParts): Promise<void> {
  try {
    await workOff(parts);
  } catch (error) {
    noteFailure(parts.ledger, "unit-failed", parts.now());
    await writeStatus(parts, reportStatus(parts.ledger, parts.config));
    throw error;
  }
}

async function workOff(parts: UnitParts): Promise<void> {
  const { repository, config, ledger, now, log } = parts;
  const store = new RevisionStore(parts.bucket, parts.kv, repository);
  const meter = new RequestMeter(parts.budget.subrequests);
  const sources = openSources(parts, meter);

  await deliverNotices({ ...parts, meter }); // first, so that no failure of ours keeps anybody from hearing of it
  const began = now(); // not before: what becomes due meanwhile is done by this unit
  const worked = nextStep(ledger, config, began) <= began;
  await applyWithdrawals(parts);
  await adoptIfUnknown(parts, store);
  forgetRemovedSources(parts);
  askEverySource(ledger, config, now());
  await askSources(parts, sources, { meter, entries: { left: parts.budget.entries } });
  const lost = await verifyStored(parts); // before copying, which repairs what it finds
  judgeCharts(parts); // before copying: what is not mirrored is not copied
  settleLosses(parts);
  const upstreams = archiveSources(sources);
  const copied = await copyDue({ ...parts, meter, upstreams, deadline: now() + copySeconds * 1000 });
  if (copied.archives + copied.failed > 0) log({ event: "copied", repository, ...copied });
  await tellOthers(parts, lost); // behind copying, which repairs what it can
  await verifyDue(parts);
  judgeCharts(parts);
  const moved = await publish({
    ...parts,
    store,
    isFilling: () => isFilling(ledger, config, { began, now: now() }),
  });
  await replicate({ ...parts, store });
  if (moved) await purge(parts);
  await purgeDigests(parts);
  await collectRevisions({ ...parts, store });
  await writeHistory(parts);
  const recovered = noteSuccess(ledger, "unit-failed");
  if (worked || recovered) await report(parts, began);
  if (moved) await announce(parts); // behind the status, which says whether more is on its way
}

/** Says how things stand, and puts down what of it is to be told. @param began when the unit did */
async function report(parts: UnitParts, began: number): Promise<void> {
  const { config, ledger } = parts;
  const now = parts.now();
  countUnit(ledger, now - began);
  keepSummary(ledger, config);
  const status = reportStatus(ledger, config);
  recordNotices({
    ...parts,
    status,
    isFilling: () => isFilling(ledger, config, { began, now }),
    now,
    newId: () => crypto.randomUUID(),
  });
  await writeStatus(parts, status);
}

/** R2 takes about one write a second of one key: a status that it refuses is written later. */
async function writeStatus(
  { repository, ledger, bucket, now, log }: UnitParts,
  status: RepositoryStatus,
): Promise<void> {
  try {
    await bucket.put(statusKey(repository), JSON.stringify(status));
    if (ledger.fact("status-due") !== undefined) ledger.remember("status-due", undefined);
  } catch (error) {
    ledger.remember("status-due", now() + statusRetrySeconds * 1000);
    log({ event: "status-failed", repository, message: messageOf(error) });
  }
}

/** Without it the cache is behind for as long as its policy says, no longer: not worth failing a unit. */
async function purge({ repository, log, purge: purgeCache }: UnitParts): Promise<void> {
  try {
    await purgeCache(repository);
  } catch (error) {
    log({ event: "purge-failed", repository, message: messageOf(error) });
  }
}

/** Whoever does not hear of it finds out at its next check. */
async function announce({ repository, log, announce: tell }: UnitParts): Promise<void> {
  try {
    await tell(repository);
  } catch (error) {
    log({ event: "announce-failed", repository, message: messageOf(error) });
  }
}

async function adoptIfUnknown({ ledger, now }: UnitParts, store: RevisionStore): Promise<void> {
  if (ledger.fact("published") !== undefined) return;
  await adoptPublished(ledger, store, now());
}

/** What their indexes held is of no interest any more; what was mirrored from them stays. */
function forgetRemovedSources({ config, ledger, now }: UnitParts): void {
  for (const id of ledger.sources.notAmong(config.sources.map(({ url }) => url))) {
    ledger.transaction(() => {
      ledger.sources.forget(id);
      const shown = [ledger.sightings.forgetSource(id), ledger.tags.forgetSource(id)];
      if (shown.some(({ any }) => any)) forgetSummary(ledger);
      ledger.vanished(
        shown.flatMap(({ releases }) => releases),
        now(),
      );
    });
  }
}

/** When there is something to do next, in milliseconds since 1970; telling webhooks is something, too. */
export function nextDue(ledger: Ledger, config: RepositoryConfig, now: number): number {
  return Math.min(nextStep(ledger, config, now), ledger.notices.nextDue() ?? never);
}

/** The same for what changes how things stand. */
function nextStep(ledger: Ledger, config: RepositoryConfig, now: number): number {
  const publication = isPublicationDue(ledger) ? now : never;
  const asked = ledger.fact("sync-asked") === undefined ? never : now;
  const documents = (["kv-due", "status-due", "history-due", "verify-due"] as const).map((due) =>
    Number(ledger.fact(due) ?? never),
  );
  const judgement = rulesChanged(ledger, config) ? now : (ledger.judgements.nextDue() ?? never);
  const withdrawals = Math.min(nextWithdrawalWork(ledger, never), nextPurge(ledger) ?? never);
  const decisions = [judgement, publication, asked, withdrawals];
  return Math.min(nextWork(ledger, config, now), ...decisions, ...documents);
}
