import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import type { TagReading } from "./tag-reading.ts";

/** Documents that refer to one manifest. */
const mostReferrers = 16;
/** How long a registry without a referrers API is not asked for it again, in milliseconds. */
const noReferrersFor = 86_400_000;

/**
 * Writes down what the registry's referrers API lists for a manifest, to be kept like a tag. Registries
 * without it (GHCR's is broken) are not asked again for a day; whatever else goes wrong is tried again when
 * the tag is looked at again: a chart counts without what refers to it.
 */
export async function findReferrers(reading: TagReading, chart: string, manifest: string): Promise<void> {
  const { ledger, row, registry, now, meter, reserve } = reading;
  if (ledger.number(`referrers:${row.id}`) > now() || meter.left <= reserve) return;
  try {
    const referrers = await registry.referrers(chart, manifest);
    if (referrers === undefined) {
      ledger.remember(`referrers:${row.id}`, now() + noReferrersFor);
      return;
    }
    for (const { digest } of referrers.slice(0, mostReferrers)) {
      ledger.tags.add(row.id, chart, { tag: `sha256:${digest}`, sortKey: undefined }, { due: now() });
    }
  } catch (error) {
    if (error instanceof BudgetSpent) return;
    if (!(error instanceof UpstreamError)) throw error;
    if (error.code !== "rate-limited") return;
    ledger.remember(`referrers:${row.id}`, now() + Math.max(error.retryAfter ?? 0, 60) * 1000);
  }
}
