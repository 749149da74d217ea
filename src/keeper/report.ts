import type { RepositoryConfig } from "../config/config.ts";
import type { Head } from "../storage/head.ts";
import type { Problem, RepositoryStatus, SourceStatus } from "../storage/status.ts";
import type { Ledger } from "./ledger.ts";
import type { SourceRow } from "./sources-table.ts";

/** How many problems a status carries; their number is told in full. */
const problemsShown = 100;

/** What the ledger knows, as `/status.json` and the pages show it. */
export function reportStatus(ledger: Ledger, config: RepositoryConfig): RepositoryStatus {
  const published = ledger.fact("published");
  const head: Head | undefined = published === undefined ? undefined : JSON.parse(published);
  const counts = ledger.releases.counts();
  const dropped = ledger.sightings.countDropped();
  return {
    revision: head?.revision ?? null,
    publishedAt: head?.publishedAt ?? null,
    charts: head?.charts ?? 0,
    versions: {
      listed: head?.versions ?? 0,
      stored: counts.stored,
      pending: counts.pending,
      failed: counts.failed,
      dropped,
    },
    archiveBytes: counts.bytes,
    sources: config.sources.map((source) => sourceStatus(ledger.sources.open(source).row)),
    problems: problems(ledger),
    problemCount: ledger.releases.problemCount() + dropped,
  };
}

function problems(ledger: Ledger): Problem[] {
  const releases = ledger.releases.problems(problemsShown);
  return [...releases, ...ledger.sightings.dropped(problemsShown - releases.length)];
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
