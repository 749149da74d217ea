import type { Budget, Limits, RepositoryConfig, SourceConfig } from "../config/config.ts";
import { type Log, messageOf } from "../observability/event.ts";
import { statusKey } from "../storage/keys.ts";
import { RevisionStore } from "../storage/revision-store.ts";
import { type Fetch, RequestMeter } from "../upstream/bounded-fetch.ts";
import { HttpRepository } from "../upstream/http-repository.ts";
import { MemoryGate } from "../upstream/memory-gate.ts";
import { adoptPublished } from "./adopt.ts";
import { type CheckOutcome, checkSource } from "./check.ts";
import { collectRevisions } from "./collect.ts";
import { copyDue } from "./copy.ts";
import type { Ledger } from "./ledger.ts";
import { publish } from "./publish.ts";
import { replicate } from "./replicate.ts";
import { forgetSummary, keepSummary, reportStatus } from "./report.ts";
import { mirrorSmallFiles } from "./small-files.ts";
import type { SourceRow } from "./sources-table.ts";

/** Archives are begun for so long in a unit; then what came is published, and the next unit goes on. */
const copySeconds = 60;
const statusRetrySeconds = 300;
/** Bytes of archives in memory at a time, of an isolate's 128 MB. */
const archivesInMemory = 40 * 1024 * 1024;

export interface UnitParts {
  repository: string;
  config: RepositoryConfig;
  budget: Budget;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "get" | "put" | "delete" | "head">;
  kv: Pick<KVNamespace, "put" | "delete">;
  fetch: Fetch;
  now: () => number;
  log: Log;
  /** Tells the platform's cache that the repository's index changed. */
  purge: (repository: string) => Promise<void>;
}

/**
 * One unit of work: check what is due, copy what is due, publish what came of it, say how things stand.
 * Everything is committed to the ledger piece by piece, so a unit may end at any point and the next one
 * goes on from there. A unit that finds nothing to do writes nothing.
 */
export async function runUnit(parts: UnitParts): Promise<void> {
  const { repository, config, ledger, now, log } = parts;
  const store = new RevisionStore(parts.bucket, parts.kv, repository);
  const meter = new RequestMeter(parts.budget.subrequests);
  const upstreams = openUpstreams(parts, meter);
  const worked = nextDue(ledger, config, now()) <= now();

  await adoptIfUnknown(parts, store);
  forgetRemovedSources(parts);
  await checkSources(parts, upstreams);
  await fetchSmallFiles(parts, upstreams);
  const copied = await copyDue({ ...parts, meter, upstreams, deadline: now() + copySeconds * 1000 });
  if (copied.archives + copied.failed > 0) log({ event: "copied", repository, ...copied });
  const moved = await publish({ ...parts, store });
  await replicate({ ...parts, store });
  if (moved) await purge(parts);
  await collectRevisions({ ...parts, store });
  if (worked) await writeStatus(parts);
}

/** R2 takes about one write a second of one key: a status that it refuses is written later. */
async function writeStatus({ repository, config, ledger, bucket, now, log }: UnitParts): Promise<void> {
  try {
    keepSummary(ledger);
    await bucket.put(statusKey(repository), JSON.stringify(reportStatus(ledger, config)));
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

async function adoptIfUnknown({ ledger, now }: UnitParts, store: RevisionStore): Promise<void> {
  if (ledger.fact("published") !== undefined) return;
  await adoptPublished(ledger, store, now());
}

/** What their indexes held is of no interest any more; what was mirrored from them stays. */
function forgetRemovedSources({ config, ledger, now }: UnitParts): void {
  for (const id of ledger.sources.notAmong(config.sources.map(({ url }) => url))) {
    ledger.transaction(() => {
      const { releases, any } = ledger.sightings.forgetSource(id);
      if (any) forgetSummary(ledger);
      ledger.releases.vanished(releases, now());
    });
  }
}

function openUpstreams(parts: UnitParts, meter: RequestMeter): Map<string, HttpRepository> {
  const { config, fetch, now } = parts;
  const gate = new MemoryGate(archivesInMemory);
  return new Map(
    config.sources.map((source) => [
      source.url,
      new HttpRepository({ source, limits: config.limits, fetch, now, meter, gate }),
    ]),
  );
}

async function checkSources(parts: UnitParts, upstreams: Map<string, HttpRepository>): Promise<void> {
  const { config, ledger, now, repository, log } = parts;
  const entries = { left: parts.budget.entries };
  for (const source of config.sources) {
    const row = openSource(ledger, source, config.limits);
    const upstream = upstreams.get(source.url);
    if (upstream === undefined || row.next_check > now() || entries.left <= 0) continue;
    const outcome = await checkSource({ ledger, config, source, row, upstream, entries, now: now() });
    log({ event: "checked", repository, source: source.url, ...told(outcome) });
  }
}

function told(outcome: CheckOutcome): { outcome: string; usable?: number; dropped?: number; error?: string } {
  if (outcome.kind === "changed") {
    return { outcome: outcome.kind, usable: outcome.usable, dropped: outcome.dropped };
  }
  if (outcome.kind === "failed") {
    return { outcome: outcome.kind, error: `${outcome.outage.code}: ${outcome.outage.message}` };
  }
  return { outcome: outcome.kind };
}

/** With other settings (rewrites, files, …) what was refused before may be usable now. */
function openSource(ledger: Ledger, source: SourceConfig, limits: Limits): SourceRow {
  const { row, settingsChanged } = ledger.sources.open(source, limits);
  if (!settingsChanged) return row;
  forgetSummary(ledger);
  ledger.transaction(() => {
    ledger.sources.reset(row.id, source, limits);
    ledger.sightings.forgetDropped(row.id);
    ledger.releases.retryFailed();
  });
  return ledger.sources.open(source, limits).row;
}

async function fetchSmallFiles(parts: UnitParts, upstreams: Map<string, HttpRepository>): Promise<void> {
  const { config, ledger } = parts;
  const order = config.sources.map(({ url }) => url);
  for (const source of config.sources) {
    const { row } = ledger.sources.open(source, config.limits);
    const upstream = upstreams.get(source.url);
    if (upstream === undefined || row.files_due === 0 || row.state !== "ok") continue;
    if (await mirrorSmallFiles({ ...parts, source, upstream, order })) ledger.sources.filesFetched(row.id);
  }
}

/** When there is something to do next, in milliseconds since 1970. */
export function nextDue(ledger: Ledger, config: RepositoryConfig, now: number): number {
  const checks = config.sources.map((source) => {
    const { row, settingsChanged } = ledger.sources.open(source, config.limits);
    return settingsChanged ? now : row.next_check;
  });
  const copy = Math.max(ledger.releases.nextDue() ?? Number.POSITIVE_INFINITY, ledger.number("copy-pause"));
  const publication = ledger.fact("unlisted-changes") === undefined ? Number.POSITIVE_INFINITY : now;
  const replication = Number(ledger.fact("kv-due") ?? Number.POSITIVE_INFINITY);
  const status = Number(ledger.fact("status-due") ?? Number.POSITIVE_INFINITY);
  return Math.min(...checks, copy, publication, replication, status);
}
