import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { findReferrers } from "./find-referrers.ts";
import { connections, inParallel } from "./in-parallel.ts";
import { nextRecheck } from "./next-recheck.ts";
import type { TagReading } from "./tag-reading.ts";

/** Tags looked at again in one unit: with a check every ten minutes, 14,400 a day. */
const atOnce = 100;

/**
 * Lists of tags do not say what a tag leads to, so tags that are known are asked for again from time to time,
 * by HEAD, which registries count for little (Docker Hub: for nothing). One that moved is due to be read.
 */
export async function recheckTags(reading: TagReading): Promise<void> {
  const { ledger, row, registry, meter, now } = reading;
  const limit = Math.min(atOnce, Math.floor(Math.max(0, meter.left - reading.reserve) / 2));
  await inParallel(ledger.tags.toRecheck(row.id, now(), limit), connections, async (tag) => {
    try {
      const digest = await registry.probe(tag.chart, tag.tag);
      if (digest !== undefined && digest !== tag.manifest) ledger.tags.moved(tag, now());
      else ledger.tags.rechecked(tag, nextRecheck(reading, tag));
      if (digest !== undefined && tag.sort_key !== null) await findReferrers(reading, tag.chart, digest);
      return "go on";
    } catch (error) {
      if (!(error instanceof UpstreamError || error instanceof BudgetSpent)) throw error;
      return "stop"; // it is still due, at the next check
    }
  });
}
