import type { RepositoryConfig } from "../config/config.ts";
import type { Head } from "../storage/head.ts";
import type { Problem, RepositoryStatus, SourceStatus } from "../storage/status.ts";
import type { Ledger } from "./ledger.ts";
import type { SourceRow } from "./sources-table.ts";

/** How many problems a status carries; their number is told in full. */
const problemsShown = 100;

/** What has to be counted over all releases. */
type Summary = Pick<RepositoryStatus, "archiveBytes" | "problems" | "problemCount"> & {
  versions: Omit<RepositoryStatus["versions"], "listed">;
};

/** What the ledger knows, as `/status.json` and the pages show it. */
export function reportStatus(ledger: Ledger, config: RepositoryConfig): RepositoryStatus {
  const published = ledger.fact("published");
  const head: Head | undefined = published === undefined ? undefined : JSON.parse(published);
  const { versions, ...summary } = keptSummary(ledger) ?? summarize(ledger);
  return {
    revision: head?.revision ?? null,
    publishedAt: head?.publishedAt ?? null,
    charts: head?.charts ?? 0,
    versions: { listed: head?.versions ?? 0, ...versions },
    ...summary,
    sources: config.sources.map((source) => sourceStatus(ledger.sources.open(source, config.limits).row)),
  };
}

/** So that a check that finds nothing new need not count again. Whoever changes what is counted forgets it first. */
export function keepSummary(ledger: Ledger): void {
  if (keptSummary(ledger) === undefined) ledger.remember("summary", JSON.stringify(summarize(ledger)));
}

export function forgetSummary(ledger: Ledger): void {
  if (ledger.fact("summary") !== undefined) ledger.remember("summary", undefined);
}

function keptSummary(ledger: Ledger): Summary | undefined {
  const kept = ledger.fact("summary");
  return kept === undefined ? undefined : JSON.parse(kept);
}

function summarize(ledger: Ledger): Summary {
  const { bytes, ...versions } = ledger.releases.counts();
  const dropped = ledger.sightings.countDropped();
  const releases = ledger.releases.problems(problemsShown);
  const problems: Problem[] = [...releases, ...ledger.sightings.dropped(problemsShown - releases.length)];
  return {
    versions: { ...versions, dropped },
    archiveBytes: bytes,
    problems,
    problemCount: ledger.releases.problemCount() + dropped,
  };
}

function sourceStatus(row: SourceRow): SourceStatus {
  const error =
    row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? row.error_code };
  return {
    url: row.url,
    kind: "http",
    state: row.state,
    checkedAt: time(row.checked_at),
    succeededAt: time(row.succeeded_at),
    changedAt: time(row.changed_at),
    consecutiveFailures: row.failures,
    error,
  };
}

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
