import type { Limits, SourceConfig } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import type { OciBucket } from "../storage/oci-store.ts";
import type { UploadBucket } from "../storage/unmeasured-upload.ts";
import type { RequestMeter } from "../upstream/bounded-fetch.ts";
import { checkIndex } from "./check-index.ts";
import { checkMember } from "./check-member.ts";
import { checkRegistry } from "./check-registry.ts";
import { type CheckOutcome, checkSource } from "./check.ts";
import type { Ledger } from "./ledger.ts";
import type { MemberBucket } from "./member-repository.ts";
import type { OpenSource, SourceParts } from "./open-sources.ts";
import { readTags } from "./read-tags.ts";
import { recheckTags } from "./recheck-tags.ts";
import { forgetSummary } from "./report.ts";
import { mirrorSmallFiles } from "./small-files.ts";
import type { SourceRow } from "./sources-table.ts";
import type { TagReading } from "./tag-reading.ts";

/** A small file that could not be had is asked for again after so many seconds. */
const filesAgainSeconds = 300;
/** Tags are listed for so long in a unit, and then in the next one. */
const listSeconds = 120;
/** Tags are read for so long in a unit; then archives have their turn, and what came is published. */
const tagSeconds = 60;

export interface AskParts extends SourceParts {
  repository: string;
  ledger: Ledger;
  bucket: OciBucket & UploadBucket & MemberBucket;
  log: Log;
}

/** What the unit may do about its sources. */
export interface Allowance {
  meter: RequestMeter;
  /** Entries and tags that may still be read. */
  entries: { left: number };
}

/**
 * Asks each source that is due what it has, in order of preference, and takes in what is new. Registries that
 * are asked for what the others list come last: only then is it known what to ask for.
 */
export async function askSources(
  parts: AskParts,
  sources: readonly OpenSource[],
  allowance: Allowance,
): Promise<void> {
  const first = sources.filter((one) => !follows(one.source));
  const last = sources.filter((one) => follows(one.source));
  const charts = last.length === 0 ? 0 : parts.ledger.releases.charts().length;
  for (const opened of first) await askOne(parts, opened, allowance);
  if (last.length > 0 && parts.ledger.releases.charts().length > charts) makeDue(parts, last);
  for (const opened of last) await askOne(parts, opened, allowance);
}

const follows = (source: SourceConfig): boolean => source.kind === "oci" && source.charts === "listed";

/** There are charts that these were never asked for. One that fails keeps its back-off. */
function makeDue({ ledger, config, now }: AskParts, sources: readonly OpenSource[]): void {
  for (const { source } of sources) {
    const { row } = ledger.sources.open(source, config.limits);
    if (row.state !== "failing" && row.next_check > now()) ledger.sources.postponed(row.id, now());
  }
}

async function askOne(parts: AskParts, opened: OpenSource, allowance: Allowance): Promise<void> {
  if (opened.kind === "http") await askRepository(parts, opened, allowance);
  else if (opened.kind === "member") await askMember(parts, opened, allowance);
  else await askRegistry(parts, opened, allowance);
}

async function askRepository(
  parts: AskParts,
  { source, upstream }: Extract<OpenSource, { kind: "http" }>,
  { entries }: Allowance,
): Promise<void> {
  const { config, ledger, now } = parts;
  const row = openSource(ledger, source, config.limits, now());
  if (row.next_check <= now() && entries.left > 0) {
    const check = { ...parts, source, row, upstream, entries, now: now() };
    tell(parts, source, await checkSource(check, now, () => checkIndex(check)));
  }
  const { files_due: filesDue, state } = ledger.sources.byId(row.id);
  if (filesDue === null || filesDue > now() || state !== "ok") return;
  const order = config.sources.map(({ url }) => url);
  const isComplete = await mirrorSmallFiles({ ...parts, source, upstream, order });
  ledger.sources.filesDue(row.id, isComplete ? null : now() + filesAgainSeconds * 1000);
}

/** What the member publishes while it is being asked makes it due once more. */
async function askMember(
  parts: AskParts,
  { source, upstream: member }: Extract<OpenSource, { kind: "member" }>,
  { entries }: Allowance,
): Promise<void> {
  const { config, ledger, now } = parts;
  const row = openSource(ledger, source, config.limits, now());
  if (row.next_check > now() || entries.left <= 0) return;
  if (ledger.fact(`announced:${row.id}`) !== undefined) ledger.remember(`announced:${row.id}`, undefined);
  const check = { ledger, config, source, row, member, entries, now: now() };
  tell(parts, source, await checkSource(check, now, () => checkMember(check)));
  if (ledger.fact(`announced:${row.id}`) !== undefined) ledger.sources.postponed(row.id, now());
}

/** At most half of the requests that are left go into reading tags: what was read wants to be copied, too. */
async function askRegistry(
  parts: AskParts,
  { source, upstream: registry }: Extract<OpenSource, { kind: "oci" }>,
  { meter, entries }: Allowance,
): Promise<void> {
  const { config, ledger, now } = parts;
  const row = openSource(ledger, source, config.limits, now());
  const isDue = row.next_check <= now();
  if (isDue) {
    const end = now() + listSeconds * 1000;
    const check = { ledger, config, source, row, registry, meter, isLate: () => now() > end, now: now() };
    tell(parts, source, await checkSource(check, now, () => checkRegistry(check)));
  }
  const checked = ledger.sources.byId(row.id);
  if (checked.state !== "ok" || checked.paused_until > now()) return;
  const limits = { meter, entries, reserve: Math.floor(meter.left / 2), deadline: now() + tagSeconds * 1000 };
  const reading: TagReading = { ...parts, ...limits, source, row: checked, registry, blobs: new Map() };
  await readTags(reading);
  if (isDue || ledger.fact(`recheck:${row.id}`) !== undefined) await recheckTags(reading);
}

function tell({ repository, log }: AskParts, source: SourceConfig, outcome: CheckOutcome): void {
  log({ event: "checked", repository, source: source.url, ...told(outcome) });
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

/** With other settings (rewrites, files, credentials, …) what was refused before may be usable now. */
function openSource(ledger: Ledger, source: SourceConfig, limits: Limits, now: number): SourceRow {
  const { row, settingsChanged } = ledger.sources.open(source, limits);
  if (!settingsChanged) return row;
  forgetSummary(ledger);
  ledger.transaction(() => {
    ledger.sources.reset(row.id, source, limits);
    ledger.sightings.forgetDropped(row.id);
    ledger.tagQueue.retryDropped(row.id, now);
    ledger.copyQueue.retryFailed();
  });
  return ledger.sources.open(source, limits).row;
}
