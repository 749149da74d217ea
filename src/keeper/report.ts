import type { RepositoryConfig } from "../config/config.ts";
import type {
  Durations,
  Problem,
  RegistryStatus,
  RepositoryStatus,
  SourceStatus,
} from "../storage/status.ts";
import type { Ledger } from "./ledger.ts";
import { publishedHead } from "./own-head.ts";
import { pinnedHead } from "./pin.ts";
import { reportPolicies, reportWaiting } from "./report-policies.ts";
import { versionProblem } from "./reconcile.ts";
import type { Contribution } from "./release-figures.ts";
import type { RegistryReport } from "./registry-round.ts";
import type { UnverifiedRelease } from "./signatures-table.ts";
import type { SourceRow } from "./sources-table.ts";
import { storageProblems } from "./storage-problems.ts";
import { toldVerification } from "./verification.ts";

/** How many problems a status carries; their number is told in full. */
const problemsShown = 100;

/** What has to be counted over all releases. */
type Summary = Pick<
  RepositoryStatus,
  "archiveBytes" | "problems" | "problemCount" | "mutations" | "waiting"
> & {
  /** Of the mutations, those of which nobody was told. */
  untold: number;
  versions: Omit<RepositoryStatus["versions"], "listed">;
  contributions: Contribution[];
};

/** What the ledger knows, as `/status.json` and the pages show it. */
export function reportStatus(ledger: Ledger, config: RepositoryConfig): RepositoryStatus {
  const head = publishedHead(ledger);
  const { versions, contributions, untold: _, ...summary } = keptSummary(ledger) ?? summarize(ledger, config);
  const sources = config.sources.map((source) => {
    const { row } = ledger.sources.open(source, config.limits);
    const contributed = contributions.find((one) => one.source === row.id);
    return sourceStatus(ledger, row, source.kind, contributed);
  });
  const failing = storageProblems(ledger);
  return {
    revision: head?.revision ?? null,
    publishedAt: head?.publishedAt ?? null,
    charts: head?.charts ?? 0,
    versions: {
      listed: head?.versions ?? 0,
      ...versions,
    },
    ...reportPolicies(ledger, config),
    ...summary,
    problems: [...failing, ...summary.problems].slice(0, problemsShown),
    problemCount: failing.length + summary.problemCount,
    files: ledger.storedFiles(),
    work: durationsOf(workOf(ledger)),
    sources,
    pinned: toldPin(ledger),
    verify: toldVerification(ledger),
    integrityFailures: ledger.damage.count(),
  };
}

function toldPin(ledger: Ledger): RepositoryStatus["pinned"] {
  const head = pinnedHead(ledger);
  return head === undefined ? null : { revision: head.revision, since: head.pinned };
}

/** So that a check that finds nothing new need not count again. Whoever changes what is counted forgets it first. */
export function keepSummary(ledger: Ledger, config: RepositoryConfig): void {
  if (keptSummary(ledger) === undefined)
    ledger.remember("summary", JSON.stringify(summarize(ledger, config)));
}

export function forgetSummary(ledger: Ledger): void {
  if (ledger.fact("summary") !== undefined) ledger.remember("summary", undefined);
}

/** Versions with other bytes of which nobody was told. */
export function untoldMutations(ledger: Ledger, config: RepositoryConfig): number {
  return (keptSummary(ledger) ?? summarize(ledger, config)).untold;
}

/** What the fact `work` holds. */
interface Work {
  count: number;
  milliseconds: number;
}

/** One more unit came to an end. */
export function countUnit(ledger: Ledger, milliseconds: number): void {
  const before = workOf(ledger);
  const after: Work = { count: before.count + 1, milliseconds: before.milliseconds + milliseconds };
  ledger.remember("work", JSON.stringify(after));
}

function workOf(ledger: Ledger): Work {
  const kept = ledger.fact("work");
  return kept === undefined ? { count: 0, milliseconds: 0 } : JSON.parse(kept);
}

const durationsOf = ({ count, milliseconds }: Work): Durations => ({ count, seconds: milliseconds / 1000 });

function keptSummary(ledger: Ledger): Summary | undefined {
  const kept = ledger.fact("summary");
  return kept === undefined ? undefined : JSON.parse(kept);
}

function summarize(ledger: Ledger, config: RepositoryConfig): Summary {
  const { bytes, ...versions } = ledger.figures.counts();
  const tags = { ...ledger.tags.countProblems(), ...ledger.tags.countUnread() };
  const mutations = ledger.mutations.count();
  const signatures = ledger.signatures.counts();
  const dropped = ledger.sightings.countDropped() + tags.dropped;
  const problems: Problem[] = ledger.figures
    .problems(problemsShown)
    .map((release) => versionProblem(release, config.policies.change));
  problems.push(...ledger.signatures.unverified(problemsShown - problems.length).map(unverifiedProblem));
  problems.push(...ledger.tags.listDropped(problemsShown - problems.length));
  problems.push(...ledger.sightings.dropped(problemsShown - problems.length));
  return {
    versions: {
      ...versions,
      pending: versions.pending + tags.unread + signatures.waiting,
      skipped: versions.skipped + tags.skipped,
      dropped,
      unverified: signatures.unverified,
    },
    archiveBytes: bytes,
    waiting: reportWaiting(ledger, config),
    problems,
    mutations: mutations.known,
    untold: mutations.untold,
    problemCount: ledger.figures.problemCount() + signatures.unverified + tags.passing + dropped,
    contributions: ledger.figures.contributions(),
  };
}

function unverifiedProblem({ chart, version, provenance, reason, message }: UnverifiedRelease): Problem {
  const told = {
    unknown: "no provenance was found yet",
    absent: "no source has provenance for it",
    stored: `${reason}: ${message}`,
  }[provenance];
  return { chart, version, code: "unverified", message: told };
}

function sourceStatus(
  ledger: Ledger,
  row: SourceRow,
  kind: SourceStatus["kind"],
  contributed: Contribution | undefined,
): SourceStatus {
  const { shown = 0, listed = 0, only = 0 } = contributed ?? {};
  return {
    url: row.url,
    kind,
    state: row.state,
    checkedAt: time(row.checked_at),
    succeededAt: time(row.succeeded_at),
    changedAt: time(row.changed_at),
    consecutiveFailures: row.failures,
    checks: durationsOf({ count: row.checks, milliseconds: row.check_ms }),
    error: errorOf(row),
    outage: outageOf(row),
    versions: { shown, listed, only },
    registry: registryStatus(ledger, row),
  };
}

function errorOf({ error_code: code, error_message: message }: SourceRow): SourceStatus["error"] {
  return code === null ? null : { code, message: message ?? code };
}

function outageOf(row: SourceRow): SourceStatus["outage"] {
  const error = errorOf(row);
  if (row.failing_since !== null && error !== null) {
    return { since: new Date(row.failing_since).toISOString(), until: null, ...error };
  }
  if (row.outage === null) return null;
  const last: { since: number; until: number; code: string; message: string } = JSON.parse(row.outage);
  const [since, until] = [new Date(last.since).toISOString(), time(last.until)];
  return { since, until, code: last.code, message: last.message };
}

function registryStatus(ledger: Ledger, { id, told }: SourceRow): RegistryStatus | null {
  if (told === null) return null;
  const report: RegistryReport = JSON.parse(told);
  return { ...report, kept: ledger.kept.count(id) };
}

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
