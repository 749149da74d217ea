import { messageOf } from "../observability/event.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { backoffSeconds } from "./backoff.ts";
import { connections, giveUpAfter, inParallel } from "./in-parallel.ts";
import { keepTag } from "./keep-tag.ts";
import { readChartTag } from "./read-chart-tag.ts";
import { forgetSummary } from "./report.ts";
import { type TagReading, mayGoOn, pauseTags } from "./tag-reading.ts";
import type { DueTag } from "./tag-queue.ts";

/** A tag takes its manifest, its config, a redirect or two, and at times a token: more lanes would starve each other. */
const requestsPerLane = 10;

/** Reads the tags of a registry that are due, newest chart versions first, each committed by itself. */
export async function readTags(reading: TagReading): Promise<void> {
  const { ledger, row, meter, entries, now, log, repository, source } = reading;
  const due = ledger.tagQueue.due(row.id, now(), entries.left);
  if (due.length === 0) return;
  forgetSummary(ledger);
  const counts = { read: 0, failed: 0 };
  let inARow = 0;
  const isFair = meter.isFair;
  const lanes = lanesFor(reading);
  let spent = false;
  await inParallel(due, lanes, async (tag) => {
    if (!mayGoOn(reading)) return "stop";
    try {
      await (tag.sort_key === null ? keepTag(reading, tag) : readChartTag(reading, tag));
      counts.read += 1;
      entries.left -= 1;
      inARow = 0;
      ledger.sources.unpaused(row.id, now());
      return "go on";
    } catch (error) {
      if (error instanceof BudgetSpent) {
        spent = true;
        return "stop";
      }
      counts.failed += 1;
      if (!(error instanceof UpstreamError)) return storageFailed(reading, tag, error);
      postpone(reading, tag, error);
      inARow = error.passes === "soon" ? inARow + 1 : 0;
      if (error.code !== "rate-limited" && inARow < giveUpAfter) return "go on";
      pauseTags(reading, error.retryAfter);
      return "stop";
    }
  });
  if (spent && counts.read + counts.failed === 0) giveWay(reading, due, isFair, lanes);
  else if (ledger.fact(`narrow:${row.id}`) !== undefined) ledger.remember(`narrow:${row.id}`, undefined);
  log({ event: "tags-read", repository, source: source.url, ...counts });
}

function lanesFor({ ledger, row, meter, reserve }: TagReading): number {
  if (ledger.fact(`narrow:${row.id}`) !== undefined) return 1;
  return Math.max(1, Math.min(connections, Math.floor((meter.left - reserve) / requestsPerLane)));
}

/** Nothing came to an end: the next unit takes one tag at a time, and one that even then takes too much waits. */
function giveWay(reading: TagReading, [first]: readonly DueTag[], isFair: boolean, lanes: number): void {
  if (lanes > 1) return reading.ledger.remember(`narrow:${reading.row.id}`, 1);
  if (first === undefined || !isFair) return;
  const told = "it takes more requests than a unit may make; see `budget.subrequests`";
  postpone(reading, first, new UpstreamError("out-of-budget", told));
}

/** A chart version fails the unit; what is kept beside one waits, and keeps no archive from being copied. */
function storageFailed({ ledger, now }: TagReading, tag: DueTag, error: unknown): "go on" {
  if (tag.sort_key !== null) throw error;
  const seconds = backoffSeconds(tag.attempts + 1, 30, 900);
  const told = { code: "storage-failed", message: messageOf(error) };
  ledger.tagQueue.postpone(tag, now() + seconds * 1000, told);
  return "go on";
}

/** What may pass soon is tried again soon, the rest ever more rarely. */
function postpone({ ledger, now }: TagReading, tag: DueTag, error: UpstreamError): void {
  const [first, longest] = error.passes === "soon" ? [30, 900] : [300, 86_400];
  const seconds = error.retryAfter ?? backoffSeconds(tag.attempts + 1, first, longest);
  ledger.tagQueue.postpone(tag, now() + seconds * 1000, error);
}
