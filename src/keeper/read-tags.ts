import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { backoffSeconds } from "./backoff.ts";
import { connections, giveUpAfter, inParallel } from "./in-parallel.ts";
import { keepTag } from "./keep-tag.ts";
import { readChartTag } from "./read-chart-tag.ts";
import { forgetSummary } from "./report.ts";
import type { TagReading } from "./tag-reading.ts";
import type { DueTag } from "./tags-table.ts";

/** Reads the tags of a registry that are due, newest chart versions first, each committed by itself. */
export async function readTags(reading: TagReading): Promise<void> {
  const { ledger, row, meter, entries, now, log, repository, source } = reading;
  const due = ledger.tags.due(row.id, now(), entries.left);
  if (due.length === 0) return;
  forgetSummary(ledger);
  const counts = { read: 0, failed: 0 };
  let inARow = 0;
  let spent = false;
  const hasWholeBudget = meter.used === 0;
  await inParallel(due, connections, async (tag) => {
    if (now() > reading.deadline || meter.left <= reading.reserve) return "stop";
    try {
      await (tag.sort_key === null ? keepTag(reading, tag) : readChartTag(reading, tag));
      counts.read += 1;
      entries.left -= 1;
      inARow = 0;
      return "go on";
    } catch (error) {
      if (error instanceof BudgetSpent) {
        spent = true;
        return "stop";
      }
      if (!(error instanceof UpstreamError)) throw error; // our own storage: the unit fails, not the tag
      counts.failed += 1;
      postpone(reading, tag, error);
      inARow = error.passes === "soon" ? inARow + 1 : 0;
      if (error.code !== "rate-limited" && inARow < giveUpAfter) return "go on";
      pause(reading, error);
      return "stop";
    }
  });
  const [first] = due;
  if (spent && hasWholeBudget && first !== undefined && counts.read + counts.failed === 0) {
    // It would be the first one of every unit, and none would ever get further.
    const told = "it takes more requests than a unit may make; see `budget.subrequests`";
    postpone(reading, first, new UpstreamError("out-of-budget", told));
  }
  log({ event: "tags-read", repository, source: source.url, ...counts });
}

/** What may pass soon is tried again soon, the rest ever more rarely. */
function postpone({ ledger, now }: TagReading, tag: DueTag, error: UpstreamError): void {
  const [first, longest] = error.passes === "soon" ? [30, 900] : [300, 86_400];
  ledger.tags.postpone(tag, now() + waitSeconds(error, tag.attempts, first, longest) * 1000, error);
}

/** A registry that says how long to wait knows it better than we do, unless it says so again and again. */
function waitSeconds(error: UpstreamError, attempts: number, first: number, longest: number): number {
  if (error.retryAfter === undefined) return backoffSeconds(attempts + 1, first, longest);
  return Math.max(error.retryAfter, backoffSeconds(attempts + 1, 1, longest));
}

/** The registry as a whole is at fault, so it is left alone as after a check that failed. */
function pause({ ledger, row, config, now }: TagReading, error: UpstreamError): void {
  const seconds = waitSeconds(error, row.failures, 30, config.interval);
  ledger.sources.failed(row.id, now(), now() + seconds * 1000, { code: error.code, message: error.message });
}
