import type { RegistryStatus } from "../storage/status.ts";
import type { Outage } from "./reconcile.ts";

/** As many charts as a status names. */
const named = 20;

/** What a round over a registry's charts found, for the status. */
export type RegistryReport = Omit<RegistryStatus, "kept">;

/** How far asking a registry for the tags of every chart has come: it may take several units. */
export interface Round {
  report: RegistryReport;
  /** Charts up to this one, in their order, are done with. */
  cursor: string | null;
  /** Charts that had tags, and are not there any more. */
  gone: string[];
  /** What the registry said when it first denied a chart, or failed. */
  firstRefusal: Outage | null;
  changed: boolean;
  /** It was given up for a while, because one chart after the other failed. */
  wasGivenUp: boolean;
  /** One chart at a time, because six at once did not get a single one done. */
  isNarrow: boolean;
}

/** What asking for one chart's tags gave. */
export type ChartResult =
  | { kind: "found"; ignored: number }
  | { kind: "absent"; hadTags: boolean }
  | { kind: "denied"; refusal: Outage }
  | { kind: "failed"; refusal: Outage };

export const newRound = (): Round => ({
  report: {
    charts: 0,
    absent: [],
    absentCount: 0,
    denied: [],
    deniedCount: 0,
    failed: [],
    failedCount: 0,
    ignoredTags: 0,
  },
  cursor: null,
  gone: [],
  firstRefusal: null,
  changed: false,
  wasGivenUp: false,
  isNarrow: false,
});

/** Takes a chart's result into the round; charts come in their order. */
export function takeResult(round: Round, chart: string, result: ChartResult): void {
  const { report } = round;
  round.cursor = chart;
  if (result.kind === "found") {
    report.charts += 1;
    report.ignoredTags += result.ignored;
  } else if (result.kind === "absent") {
    report.absentCount += 1;
    if (report.absent.length < named) report.absent.push(chart);
    if (result.hadTags) round.gone.push(chart);
  } else {
    round.firstRefusal ??= result.refusal;
    if (result.kind === "denied") {
      report.deniedCount += 1;
      if (report.denied.length < named) report.denied.push(chart);
    } else {
      report.failedCount += 1;
      if (report.failed.length < named) report.failed.push({ chart, ...result.refusal });
    }
  }
}

/**
 * A registry that shows nothing at all, where there was something or where it refuses: an outage, as with an
 * index. A chart that it does not have, or fails for, costs that chart.
 *
 * @param before chart versions that it showed
 */
export function judgeRound({ report, gone, firstRefusal }: Round, before: number): Outage | undefined {
  if (report.charts > 0) return undefined;
  if (firstRefusal !== null) return firstRefusal;
  if (before === 0) return undefined;
  const what = gone.length === 0 ? "lists no chart" : `has none of its charts any more: ${some(gone)}`;
  return { code: "emptied", message: `the registry ${what}; there were ${before} versions` };
}

const some = (charts: readonly string[]): string =>
  charts.slice(0, 5).join(", ") + (charts.length > 5 ? `, and ${charts.length - 5} more` : "");
