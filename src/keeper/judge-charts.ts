import type { Budget, RepositoryConfig } from "../config/config.ts";
import { type ChartVersion, type DecidedVersion, decideChart, lossOf } from "./decide-chart.ts";
import type { Candidate, Unlisted } from "./decide-listing.ts";
import { isNotCopied, type JudgedRelease } from "./judgements-table.ts";
import type { Ledger } from "./ledger.ts";
import { refusalOf } from "./refusal.ts";
import { forgetSummary } from "./report.ts";
import { selectionOf } from "./selection.ts";

/** Releases judged in a unit, for each entry that it may parse: judging one takes so much less. */
const releasesPerEntry = 20;
const chartsAtOnce = 100;

export interface Judging {
  ledger: Ledger;
  config: RepositoryConfig;
  budget: Pick<Budget, "entries">;
  now: () => number;
}

/**
 * Decides what is listed of the charts that are due for it, and lists that. How many in a unit is bounded by the
 * number of their releases; the next unit goes on.
 */
export function judgeCharts({ ledger, config, budget, now }: Judging): void {
  const at = now();
  noteRules(ledger, config);
  const chart = chartJudge(ledger, config, at);
  let left = budget.entries * releasesPerEntry;
  while (left > 0) {
    const due = ledger.judgements.due(at, chartsAtOnce);
    if (due.length === 0) return;
    for (const name of due) {
      if (left <= 0) return;
      left -= chart(name);
    }
  }
}

/** Whether other rules hold than those that the ledger was last judged by. */
export const rulesChanged = (ledger: Ledger, config: RepositoryConfig): boolean =>
  ledger.fact("rules") !== rulesOf(ledger, config);

/** A version is only lost if every source has been heard: until then, losses are not among the rules. */
function rulesOf(ledger: Ledger, config: RepositoryConfig): string {
  const { policies, sources } = config;
  return JSON.stringify([policies, sources.map(({ url }) => url), notesLosses(ledger, config)]);
}

const notesLosses = (ledger: Ledger, { policies, sources, limits }: RepositoryConfig): boolean =>
  policies.removal === "hide" &&
  sources.every((source) => ledger.sources.open(source, limits).row.succeeded_at !== null);

function noteRules(ledger: Ledger, config: RepositoryConfig): void {
  if (!rulesChanged(ledger, config)) return;
  ledger.transaction(() => {
    forgetSummary(ledger);
    ledger.judgements.markAll();
    ledger.remember("rules", rulesOf(ledger, config));
  });
}

/** @returns judges a chart; how many releases that were */
function chartJudge(ledger: Ledger, config: RepositoryConfig, now: number): (chart: string) => number {
  const versionsOf = chartReader(ledger, config);
  const rules = { ...config.policies, now };
  const mayNote = notesLosses(ledger, config);
  return (chart) => {
    const releases = ledger.judgements.releases(chart);
    const decided = decideChart(versionsOf(chart, releases), rules);
    ledger.transaction(() => {
      apply(ledger, { releases, decided, now });
      noteLosses(ledger, { chart, decided, mayNote, now });
      ledger.judgements.decided(chart, soonest(decided));
    });
    return releases.length;
  };
}

type ChartReader = (chart: string, releases: readonly JudgedRelease[]) => ChartVersion[];

function chartReader(ledger: Ledger, config: RepositoryConfig): ChartReader {
  const ranks = once(() => ledger.judgements.ranks(config.sources.map(({ url }) => url)));
  const selection = selectionOf(config.policies);
  return (chart, releases) => {
    const losses = ledger.losses.ofChart(chart);
    const unread = once(() => ledger.losses.unread(chart));
    return Array.from(
      Map.groupBy(releases, ({ sort_key }) => sort_key),
      ([sortKey, rows]) => {
        const rankOf = (id: number): number => (rows.length === 1 ? 0 : (ranks().get(id) ?? 0));
        const version = rows[0]?.version ?? "";
        const isLost =
          config.policies.removal === "hide" &&
          rows.every(({ last_seen }) => last_seen !== null) &&
          !unread().has(sortKey);
        const loss = losses.get(sortKey);
        return {
          version,
          sortKey,
          releases: rows.map((row) => candidate(row, rankOf(row.id))),
          isSelected: selection.has(chart, version),
          isHidden: isLost && loss?.isFollowed === true,
          isLost,
          loss,
        };
      },
    );
  };
}

const candidate = (row: JudgedRelease, rank: number): Candidate => ({
  id: row.id,
  state: row.state,
  isListed: row.listed === 1,
  firstListed: row.first_listed,
  agedFrom: row.aged_from,
  isShown: row.last_seen === null,
  isEarly: row.early === 1,
  rank,
  refusal: refusalOf(row),
});

interface Judged {
  releases: readonly JudgedRelease[];
  decided: readonly DecidedVersion[];
  now: number;
}

type NotedLosses = Pick<Judged, "decided" | "now"> & { chart: string; mayNote: boolean };

/** Only what differs is written. */
function apply(ledger: Ledger, { releases, decided, now }: Judged): void {
  const listed = new Set(decided.map(({ decision }) => decision.listed?.id));
  const unlisted = new Map(decided.flatMap(({ decision }) => [...decision.unlisted]));
  for (const release of releases) {
    const isListed = listed.has(release.id);
    if (isListed !== (release.listed === 1)) {
      if (isListed) ledger.listing.show(release.id, now);
      else ledger.listing.hide(release.id);
      ledger.listingChanged();
      forgetSummary(ledger);
    }
    const reason = unlisted.get(release.id) ?? null;
    if (reason === release.unlisted && !isUncopied(release, reason)) continue;
    ledger.judgements.unlisted(release.id, reason);
    forgetSummary(ledger);
  }
}

function noteLosses(ledger: Ledger, { chart, decided, mayNote, now }: NotedLosses): void {
  for (const version of decided) {
    const what = lossOf(version);
    if (what === undefined || (what === "note" && !mayNote)) continue;
    if (what === "note") ledger.losses.note(chart, version.sortKey, now);
    else ledger.losses.forget(chart, version.sortKey);
    if (version.loss?.isFollowed !== true) ledger.remember("losses-changed", now);
    forgetSummary(ledger);
  }
}

/** It is copied though it is not to be, or the other way round. */
const isUncopied = ({ state }: JudgedRelease, reason: Unlisted | null): boolean =>
  isNotCopied(reason) ? state === "pending" || state === "failed" : state === "skipped";

function soonest(decided: readonly DecidedVersion[]): number | undefined {
  const times = decided.flatMap(({ decision }) => decision.lookAgain ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
