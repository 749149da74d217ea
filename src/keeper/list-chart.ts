import type { OciRegistry } from "../upstream/oci-registry.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import type { Ledger } from "./ledger.ts";
import type { ChartResult } from "./registry-round.ts";
import { forgetSummary } from "./report.ts";
import { sortTags } from "./sort-tags.ts";
import type { KnownTag, ListedTag } from "./tags-table.ts";
import type { WantedTags } from "./wanted-tags.ts";

/** Tags of one chart: ten years of a release a day, signed and attested. */
const mostTags = 20_000;

export interface ChartListing {
  ledger: Ledger;
  registry: OciRegistry;
  /** Row of the source. */
  source: number;
  /** Tags of what is not mirrored are not read. */
  wantedOf: WantedTags;
  /** The registry is asked for the first time. */
  isFirst: boolean;
  now: number;
}

/**
 * Asks for a chart's tags and writes down what is new and what is gone.
 *
 * @returns what the registry answered, and whether anything is new or gone
 * @throws {UpstreamError} what may be otherwise soon, or with another registry
 * @throws {BudgetSpent}
 */
export async function listChart(
  listing: ChartListing,
  chart: string,
): Promise<{ result: ChartResult; changed: boolean }> {
  const { ledger, registry, source, wantedOf, isFirst, now } = listing;
  const known = ledger.tags.known(source, chart);
  try {
    const listed = await tagsOf(registry, chart);
    if (listed.size === 0) return unchanged({ kind: "absent", hadTags: known.size > 0 }); // all were deleted
    const { useful, ignored } = sortTags(listed);
    const wanted = wantedOf(chart, useful, known);
    const fresh = useful.filter(({ tag }) => !known.has(tag));
    const names = new Set(useful.map(({ tag }) => tag));
    const gone = [...known.keys()].filter((tag) => !names.has(tag));
    const other = useful.filter(({ tag }) => isOtherwise(known.get(tag), wanted.has(tag)));
    const changed = fresh.length + gone.length + other.length > 0;
    const dueOf = ({ tag }: ListedTag): number | null => (wanted.has(tag) ? now : null);
    if (changed) {
      forgetSummary(ledger);
      ledger.transaction(() => {
        for (const tag of fresh) ledger.tags.add(source, chart, tag, { due: dueOf(tag), isFirst });
        for (const tag of other) ledger.tagQueue.wanted(source, chart, tag.tag, dueOf(tag));
        ledger.vanished(ledger.tags.forget(source, chart, gone), now);
        ledger.judgements.mark(chart); // what is listed and not read yet is not lost
      });
    }
    return { result: { kind: "found", ignored }, changed };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const refusal = { code: error.code, message: error.message };
    if (error.code === "not-found") return unchanged({ kind: "absent", hadTags: known.size > 0 });
    // GHCR and Docker Hub do not tell what does not exist from what is private.
    if (error.code === "refused" || error.code === "unauthorized")
      return unchanged({ kind: "denied", refusal });
    throw error;
  }
}

/** It was not read, and is to be now; or the other way round. */
const isOtherwise = (tag: KnownTag | undefined, isWanted: boolean): boolean =>
  tag !== undefined && tag.manifest === null && tag.isDue !== isWanted;

const unchanged = (result: ChartResult): { result: ChartResult; changed: boolean } => ({
  result,
  changed: false,
});

async function tagsOf(registry: OciRegistry, chart: string): Promise<Set<string>> {
  const tags = new Set<string>();
  for await (const page of registry.tags(chart)) {
    for (const tag of page) tags.add(tag);
    if (tags.size > mostTags) throw new UpstreamError("too-large", `${chart} has more than ${mostTags} tags`);
  }
  return tags;
}
