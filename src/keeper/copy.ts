import type { Budget, RepositoryConfig } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import type { ProvenanceBucket } from "../storage/archive-store.ts";
import type { Archives } from "../upstream/archive-source.ts";
import type { RequestMeter } from "../upstream/bounded-fetch.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { backoffSeconds } from "./backoff.ts";
import { copyRelease } from "./copy-release.ts";
import { connections, giveUpAfter, inParallel } from "./in-parallel.ts";
import type { Ledger } from "./ledger.ts";
import { forgetSummary } from "./report.ts";
import { preferenceOf } from "./preference.ts";
import type { DueRelease } from "./copy-queue.ts";

export interface Copying {
  repository: string;
  config: RepositoryConfig;
  ledger: Ledger;
  bucket: ProvenanceBucket & Pick<R2Bucket, "head">;
  budget: Budget;
  /** What the unit has used of its requests so far. */
  meter: RequestMeter;
  /** Milliseconds since 1970 after which no further archive is begun. */
  deadline: number;
  upstreams: ReadonlyMap<string, Archives>;
  now: () => number;
  log: Log;
}

/** Seconds. */
const day = 86_400;

export interface CopySummary {
  archives: number;
  failed: number;
  bytes: number;
}

/** Copies what is due, newest versions first, each archive and its provenance committed by itself. */
export async function copyDue(copying: Copying): Promise<CopySummary> {
  const { ledger, now, budget } = copying;
  const summary: CopySummary = { archives: 0, failed: 0, bytes: 0 };
  if (ledger.number("copy-pause") > now()) return summary;
  let inARow = 0;
  let paused = false;
  let spent = false;
  let finished = 0;
  const isFair = copying.meter.isFair;
  const due = ledger.copyQueue.due(now(), budget.archives, preferenceOf(ledger, copying.config, now()));
  if (due.length > 0) forgetSummary(ledger);
  await inParallel(due, connections, async (release) => {
    if (now() > copying.deadline) return "stop";
    try {
      const bytes = await copyRelease(copying, release);
      summary.bytes += bytes;
      if (release.state !== "stored") summary.archives += 1; // otherwise it was for its provenance
      finished += 1;
      inARow = 0;
    } catch (error) {
      if (error instanceof BudgetSpent) {
        spent = true;
        return "stop";
      }
      if (!(error instanceof UpstreamError)) throw error; // our own storage: the unit fails, not the archive
      summary.failed += 1;
      finished += 1;
      recordFailure(copying, release, error);
      inARow = error.passes === "soon" ? inARow + 1 : 0;
      if (error.code === "rate-limited" || inARow >= giveUpAfter) {
        if (!paused) pause(copying, error); // once, not for every request that was still on its way
        paused = true;
        return "stop";
      }
    }
    return "go on";
  });
  const [first] = due;
  if (spent && isFair && first !== undefined && finished === 0) {
    // It would be the first one of every unit, and none would ever get further.
    const told = "it takes more requests than a unit may make; see `budget.subrequests`";
    recordFailure(copying, first, new UpstreamError("out-of-budget", told));
  }
  if (!paused && summary.archives > 0) ledger.remember("copy-failures", undefined);
  return summary;
}

/** What may pass soon is tried again soon; what may pass later, ever more rarely; the rest once a day. */
function recordFailure(
  { ledger, now, log, repository }: Copying,
  release: DueRelease,
  error: UpstreamError,
): void {
  const { code, message } = error;
  const attempts = release.attempts + 1;
  const due = (first: number, longest: number) => now() + backoffSeconds(attempts, first, longest) * 1000;
  // What was lost from storage may be there again by other hands, whatever the sources say.
  const isLost = ledger.damage.has(release.id, "archive");
  if (error.passes === "soon" && attempts <= 5) ledger.copyQueue.postpone(release.id, due(30, 900), error);
  else {
    const isSeldom = error.passes === "seldom" && !isLost;
    ledger.copyQueue.failed(release.id, isSeldom ? now() + day * 1000 : due(300, day), error);
    ledger.judgements.mark(release.chart); // an older version may take its place
  }
  log({ event: "copy-failed", repository, chart: release.chart, version: release.version, code, message });
}

function pause({ ledger, now, log, repository }: Copying, error: UpstreamError): void {
  const failures = ledger.number("copy-failures") + 1;
  const seconds = Math.max(error.retryAfter ?? 0, backoffSeconds(failures, 30, 900));
  ledger.remember("copy-failures", failures);
  ledger.remember("copy-pause", now() + seconds * 1000);
  ledger.remember("copy-pause-asked", error.retryAfter === undefined ? undefined : 1);
  log({ event: "copying-paused", repository, seconds, code: error.code, message: error.message });
}
