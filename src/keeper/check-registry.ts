import type { OciSourceConfig } from "../config/config.ts";
import { isRepositoryName } from "../oci/reference.ts";
import type { RequestMeter } from "../upstream/bounded-fetch.ts";
import type { OciRegistry } from "../upstream/oci-registry.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import type { CheckOutcome, CheckParts } from "./check.ts";
import { connections, giveUpAfter, inParallel } from "./in-parallel.ts";
import { listChart } from "./list-chart.ts";
import { type ChartResult, type Round, judgeRound, newRound, takeResult } from "./registry-round.ts";
import { forgetSummary } from "./report.ts";
import { selectionOf } from "./selection.ts";
import { wantedTags } from "./wanted-tags.ts";

export interface RegistryCheck extends CheckParts {
  source: OciSourceConfig;
  registry: OciRegistry;
  meter: RequestMeter;
  /** Whether it is right now that this unit may no longer begin anything. */
  isLate: () => boolean;
}

/** Charts of one source: their names stand in one row of the ledger, of at most 2 MB. */
const mostCharts = 5000;
const outOfBudget = "more requests than a unit may make; see `budget.subrequests`";

/**
 * Asks a registry for the tags of every chart, which is one request a chart and page. New tags are written
 * down, to be read by read-tags.ts; what is known costs nothing more. A chart that the registry does not have,
 * or cannot list, is no failure of the source. A round over more charts than a unit has requests for, or that
 * is told to wait, goes on where it stopped.
 *
 * @throws {UpstreamError} what is wrong with the registry as a whole
 * @throws {BudgetSpent} before the charts are known
 */
export async function checkRegistry(check: RegistryCheck): Promise<CheckOutcome> {
  const { ledger, row, source, meter } = check;
  const isFair = meter.isFair;
  const known = await chartsToAsk(check);
  const charts = known.filter(selectionOf(check.config.policies).hasChart);
  const isNoneAsked = known.length > 0 || source.charts === "listed";
  if (charts.length === 0 && isNoneAsked) return { kind: "nothing-to-ask" };
  const round = roundOf(row.round, charts);
  const open = charts.filter((chart) => round.cursor === null || chart > round.cursor);
  const { results, stopped } = await listCharts(check, open, round);
  if (stopped instanceof UpstreamError && stopped.code !== "rate-limited") round.wasGivenUp = true;
  const hasAdvanced = takeInOrder(round, open, results);
  if (stopped === undefined) return finish(check, charts, round);
  const [first] = open;
  if (hasAdvanced) round.isNarrow = false;
  else if (stopped === "spent" && isFair && round.isNarrow && first !== undefined) {
    // Alone, and with enough for anybody: it would stop every round.
    const refusal = { code: "out-of-budget", message: `its list of tags takes ${outOfBudget}` };
    takeResult(round, first, { kind: "failed", refusal });
    if (open.length === 1) return finish(check, charts, round);
  } else if (stopped === "spent" && isFair) round.isNarrow = true;
  // A registry that was down from the first chart on has said nothing of any of them.
  const isWorthKeeping = stopped === "spent" || round.report.charts > 0 || !round.wasGivenUp;
  ledger.sources.roundCameTo(row.id, isWorthKeeping ? JSON.stringify(round) : null);
  if (stopped !== "spent") throw stopped;
  return { kind: "unfinished" };
}

/** Where the last unit stopped; anew where there is nothing behind that. */
function roundOf(kept: string | null, charts: readonly string[]): Round {
  const round: Round = kept === null ? newRound() : JSON.parse(kept);
  const isOver = round.cursor !== null && charts.every((chart) => chart <= (round.cursor ?? ""));
  return isOver && round.report.charts === 0 ? newRound() : round;
}

/** Upper case, say, is allowed in an index, but not in a registry. */
const mayBeInRegistry = (chart: string): boolean => isRepositoryName(chart) && !chart.includes("/");

/** In order, so that a round can go on behind a chart. */
async function chartsToAsk({ ledger, source, registry, meter }: RegistryCheck): Promise<string[]> {
  if (Array.isArray(source.charts)) return source.charts.toSorted();
  if (source.charts === "listed") return ledger.releases.charts().filter(mayBeInRegistry).toSorted();
  const isFair = meter.isFair;
  try {
    const charts = new Set<string>();
    for await (const page of registry.catalog()) {
      for (const chart of page) charts.add(chart);
      if (charts.size > mostCharts) {
        throw new UpstreamError("too-large", `the catalogue has more than ${mostCharts} charts`);
      }
    }
    return [...charts].toSorted();
  } catch (error) {
    if (error instanceof BudgetSpent && isFair) {
      throw new UpstreamError("out-of-budget", `the catalogue takes ${outOfBudget}, or name the charts`);
    }
    if (!(error instanceof UpstreamError) || error.passes === "soon") throw error;
    // A list of names is of no help against a wrong password.
    if (error.code === "unauthorized" && source.credentials !== undefined) throw error;
    const told = `${error.message}; name the charts under \`charts\` instead of asking for the catalogue`;
    throw new UpstreamError(error.code, told, { cause: error });
  }
}

/** Nothing is known from before it. */
const isFirstRound = ({ ledger, row }: RegistryCheck): boolean =>
  row.told === null && ledger.fact("adopted") === undefined;

async function listCharts(
  check: RegistryCheck,
  open: readonly string[],
  round: Round,
): Promise<{ results: Map<string, ChartResult>; stopped: "spent" | UpstreamError | undefined }> {
  const { ledger, row, registry, now } = check;
  const wantedOf = wantedTags(check.config.policies);
  const results = new Map<string, ChartResult>();
  let stopped: "spent" | UpstreamError | undefined;
  let inARow = 0;
  const listing = { ledger, source: row.id, wantedOf, isFirst: isFirstRound(check), now };
  const list = async (chart: string): Promise<"go on" | "stop"> => {
    try {
      if (check.isLate()) throw new BudgetSpent();
      const { result, changed } = await listChart({ ...listing, registry }, chart);
      results.set(chart, result);
      round.changed ||= changed;
      inARow = 0;
      return "go on";
    } catch (error) {
      if (error instanceof BudgetSpent) stopped ??= "spent";
      else if (!(error instanceof UpstreamError)) throw error;
      else if (error.code === "rate-limited") stopped = error;
      else {
        results.set(chart, { kind: "failed", refusal: { code: error.code, message: error.message } });
        inARow = error.passes === "soon" ? inARow + 1 : 0;
        if (inARow >= giveUpAfter) stopped = error; // it is down: asking on is no use
      }
      return stopped === undefined ? "go on" : "stop";
    }
  };
  // The first one by itself: what the registry wants to be shown, a token mostly, then serves all the others.
  await inParallel(open.slice(0, 1), 1, list);
  if (stopped === undefined) await inParallel(open.slice(1), round.isNarrow ? 1 : connections, list);
  return { results, stopped };
}

/** Six charts are under way at once: what lies behind one that is not done is asked for again. */
function takeInOrder(round: Round, open: readonly string[], results: Map<string, ChartResult>): boolean {
  const before = round.cursor;
  for (const chart of open) {
    const result = results.get(chart);
    if (result === undefined) break;
    takeResult(round, chart, result);
  }
  return round.cursor !== before;
}

function finish({ ledger, row, now }: RegistryCheck, charts: readonly string[], round: Round): CheckOutcome {
  const outage = judgeRound(round, ledger.tags.usable(row.id));
  if (outage !== undefined) {
    ledger.sources.roundCameTo(row.id, null);
    return { kind: "failed", outage };
  }
  const asked = new Set(charts);
  const notAsked = ledger.tags.charts(row.id).filter((chart) => !asked.has(chart));
  ledger.transaction(() => {
    for (const chart of [...round.gone, ...notAsked]) {
      round.changed = true;
      ledger.vanished(ledger.tags.forgetChart(row.id, chart), now);
      ledger.judgements.mark(chart);
    }
    const told = JSON.stringify(round.report);
    if (!round.changed && told === row.told && row.round === null) return;
    forgetSummary(ledger);
    ledger.sources.roundEnded(row.id, now, { told, changed: round.changed });
  });
  // Charts that failed because the registry was down are asked for again soon.
  const again = round.wasGivenUp && round.report.failedCount > 0;
  if (!round.changed) return { kind: "unchanged", again };
  return { kind: "changed", again, usable: ledger.tags.usable(row.id), dropped: 0 };
}
