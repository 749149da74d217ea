import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { findReferrers } from "./find-referrers.ts";
import { connections, giveUpAfter, inParallel } from "./in-parallel.ts";
import { nextRecheck } from "./next-recheck.ts";
import { type TagReading, mayGoOn, pauseTags } from "./tag-reading.ts";
import type { DueTag } from "./tag-queue.ts";

/** Tags looked at again in one unit. */
const atOnce = 200;

/**
 * Lists of tags do not say what a tag leads to, so tags that are known are asked for again from time to time,
 * by HEAD, which registries count for little (Docker Hub: for nothing). One that moved is due to be read.
 * What is due when a registry is checked is looked at in that unit and the next ones.
 */
export async function recheckTags(reading: TagReading): Promise<void> {
  const { ledger, row, now } = reading;
  const due = ledger.tagQueue.toRecheck(row.id, now(), atOnce);
  let inARow = 0;
  await inParallel(due, connections, async (tag) => {
    if (!mayGoOn(reading)) return "stop";
    try {
      await recheck(reading, tag);
      inARow = 0;
      return "go on";
    } catch (error) {
      if (error instanceof BudgetSpent) return "stop";
      if (!(error instanceof UpstreamError)) throw error;
      // A tag that is denied, say, must not keep the others from their turn.
      ledger.tagQueue.rechecked(tag, nextRecheck(reading, tag));
      inARow = error.passes === "soon" ? inARow + 1 : 0;
      if (error.code !== "rate-limited" && inARow < giveUpAfter) return "go on";
      pauseTags(reading, error.retryAfter);
      return "stop";
    }
  });
  const isMore = ledger.tagQueue.toRecheck(row.id, now(), 1).length > 0;
  if (isMore || due.length > 0) ledger.remember(`recheck:${row.id}`, isMore ? 1 : undefined);
}

async function recheck(reading: TagReading, tag: DueTag): Promise<void> {
  const { ledger, registry, now } = reading;
  const digest = await registry.probe(tag.chart, tag.tag);
  if (digest !== undefined && digest !== tag.manifest) ledger.tagQueue.moved(tag, now());
  else ledger.tagQueue.rechecked(tag, nextRecheck(reading, tag));
  if (digest !== undefined && tag.sort_key !== null) await findReferrers(reading, tag.chart, digest);
}
