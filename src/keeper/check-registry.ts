import type { OciSourceConfig } from "../config/config.ts";
import { isRepositoryName } from "../oci/reference.ts";
import type { OciRegistry } from "../upstream/oci-registry.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import type { CheckOutcome, CheckParts } from "./check.ts";
import { connections, giveUpAfter, inParallel } from "./in-parallel.ts";
import type { Outage } from "./reconcile.ts";
import { forgetSummary } from "./report.ts";
import { sortTags } from "./sort-tags.ts";
import type { RegistryReport } from "./sources-table.ts";

export interface RegistryCheck extends CheckParts {
  source: OciSourceConfig;
  registry: OciRegistry;
  /** Whether this unit had made no request before: then it can have no more of them than it had. */
  hasWholeBudget: boolean;
}

interface Listing extends RegistryReport {
  /** What the registry said when it denied the first one. */
  denial: Outage | null;
  /** Charts that are done with. */
  asked: string[];
  changed: boolean;
}

const nothingListed: Listing = {
  asked: [],
  charts: 0,
  absent: [],
  denied: [],
  ignoredTags: 0,
  denial: null,
  changed: false,
};

/**
 * Asks a registry for the tags of every chart, which is one request a chart and page. New tags are written
 * down, to be read by read-tags.ts; what is known costs nothing more. A chart that the registry does not have
 * is no failure of the source. A check of more charts than a unit has requests for goes on in the next unit.
 *
 * @throws {UpstreamError} what is wrong with the registry as a whole, or with one of its charts for the moment
 */
export async function checkRegistry(check: RegistryCheck): Promise<CheckOutcome> {
  const { ledger, row, source } = check;
  const charts = await chartsToAsk(check);
  if (charts.length === 0 && source.charts === "listed") return { kind: "nothing-to-ask" };
  const listing: Listing = row.listing === null ? structuredClone(nothingListed) : JSON.parse(row.listing);
  const before = listing.asked.length;
  const { spent, failure } = await listCharts(check, charts, listing);
  if (spent) {
    if (check.hasWholeBudget && listing.asked.length === before) return { kind: "failed", outage: tooLong };
    ledger.sources.listingCameTo(row.id, JSON.stringify(listing));
    return { kind: "unfinished" };
  }
  const outage = judgeListing(check, listing);
  if (failure !== undefined || outage !== undefined) ledger.sources.listingCameTo(row.id, null);
  if (failure !== undefined) throw failure;
  if (outage !== undefined) return { kind: "failed", outage };
  return finish(check, listing);
}

const tooLong: Outage = {
  code: "out-of-budget",
  message: "the tags of a single chart take more requests than a unit may make; see `budget.subrequests`",
};

/** Upper case, say, is allowed in an index, but not in a registry. */
const mayBeInRegistry = (chart: string): boolean => isRepositoryName(chart) && !chart.includes("/");

async function chartsToAsk({ ledger, source, registry }: RegistryCheck): Promise<string[]> {
  if (Array.isArray(source.charts)) return source.charts;
  if (source.charts === "listed") return ledger.releases.charts().filter(mayBeInRegistry);
  try {
    const charts: string[] = [];
    for await (const page of registry.catalog()) charts.push(...page);
    return charts.toSorted();
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.passes === "soon") throw error;
    // A list of names is of no help against a wrong password.
    if (error.code === "unauthorized" && source.credentials !== undefined) throw error;
    const told = `${error.message}: the registry shows no catalogue; name its charts under \`charts\``;
    throw new UpstreamError(error.code, told, { cause: error });
  }
}

async function listCharts(
  check: RegistryCheck,
  charts: readonly string[],
  listing: Listing,
): Promise<{ spent: boolean; failure: UpstreamError | undefined }> {
  let spent = false;
  let failure: UpstreamError | undefined;
  let inARow = 0;
  const asked = new Set(listing.asked);
  const open = charts.filter((chart) => !asked.has(chart));
  await inParallel(open, connections, async (chart) => {
    try {
      await listChart(check, chart, listing);
      listing.asked.push(chart);
      inARow = 0;
      return "go on";
    } catch (error) {
      if (error instanceof BudgetSpent) spent = true;
      else if (error instanceof UpstreamError) {
        failure ??= error;
        inARow += 1;
      } else throw error;
      return spent || failure?.code === "rate-limited" || inARow >= giveUpAfter ? "stop" : "go on";
    }
  });
  return { spent: spent && failure === undefined, failure };
}

async function listChart(check: RegistryCheck, chart: string, listing: Listing): Promise<void> {
  const { ledger, row, registry, now } = check;
  const listed = await tagsOf(registry, chart, listing);
  if (listed === undefined) return;
  const { useful, ignored } = sortTags(listed);
  const known = ledger.tags.known(row.id, chart);
  const fresh = useful.filter(({ tag }) => !known.has(tag));
  for (const { tag } of useful) known.delete(tag);
  listing.charts += 1;
  listing.ignoredTags += ignored;
  if (fresh.length === 0 && known.size === 0) return;
  listing.changed = true;
  forgetSummary(ledger);
  ledger.transaction(() => {
    for (const tag of fresh) ledger.tags.add(row.id, chart, tag, now);
    ledger.releases.vanished(ledger.tags.forget(row.id, chart, [...known]), now);
  });
}

/** undefined: the registry has no such chart, or does not show it. */
async function tagsOf(
  registry: OciRegistry,
  chart: string,
  listing: Listing,
): Promise<Set<string> | undefined> {
  const tags = new Set<string>();
  try {
    for await (const page of registry.tags(chart)) for (const tag of page) tags.add(tag);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (error.code === "not-found") listing.absent.push(chart);
    else if (error.code === "refused" || error.code === "unauthorized") deny(listing, chart, error);
    else throw error;
    return undefined;
  }
  if (tags.size > 0) return tags;
  listing.absent.push(chart); // all of its tags were deleted
  return undefined;
}

/** Some registries (GHCR, Docker Hub) do not tell what does not exist from what is private. */
function deny(listing: Listing, chart: string, { code, message }: UpstreamError): void {
  listing.denied.push(chart);
  listing.denial ??= { code, message };
}

/** A registry that shows nothing, where there was something: an accident, as with an index. */
function judgeListing({ ledger, row }: RegistryCheck, listing: Listing): Outage | undefined {
  const { charts, absent, denial } = listing;
  if (charts > 0) return undefined;
  if (denial !== null) return denial;
  const before = ledger.tags.usable(row.id);
  if (before === 0) return undefined;
  const what = absent.length === 0 ? "lists no chart" : `has none of the charts any more: ${some(absent)}`;
  return { code: "emptied", message: `the registry ${what}; there were ${before} versions` };
}

const some = (charts: readonly string[]): string =>
  charts.slice(0, 5).join(", ") + (charts.length > 5 ? `, and ${charts.length - 5} more` : "");

function finish({ ledger, row, now }: RegistryCheck, listing: Listing): CheckOutcome {
  const { charts, absent, denied, ignoredTags } = listing;
  ledger.transaction(() => {
    for (const chart of absent) {
      const gone = ledger.tags.known(row.id, chart);
      if (gone.size === 0) continue;
      listing.changed = true;
      ledger.releases.vanished(ledger.tags.forget(row.id, chart, [...gone]), now);
    }
    const report: RegistryReport = { charts, absent, denied, ignoredTags };
    const told = JSON.stringify(report);
    if (listing.changed || told !== row.told || row.listing !== null) {
      forgetSummary(ledger);
      ledger.sources.listed(row.id, now, { told, changed: listing.changed });
    }
  });
  if (!listing.changed) return { kind: "unchanged" };
  return { kind: "changed", usable: ledger.tags.usable(row.id), dropped: 0 };
}
