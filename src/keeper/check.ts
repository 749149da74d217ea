import type { RepositoryConfig } from "../config/config.ts";
import { BudgetSpent, UpstreamError, passingCodes } from "../upstream/upstream-error.ts";
import { backoffSeconds } from "./backoff.ts";
import type { Ledger } from "./ledger.ts";
import type { Outage } from "./reconcile.ts";
import type { SourceRow } from "./sources-table.ts";

export type CheckOutcome =
  | { kind: "unchanged"; again?: boolean }
  /** `again`: to be checked again soon, because a part of it could not be asked. */
  | { kind: "changed"; usable: number; dropped: number; again?: boolean }
  | { kind: "unfinished" } // the budget is spent; to be gone on with at once
  | { kind: "nothing-to-ask"; again?: boolean } // it is not known yet which charts there are
  | { kind: "failed"; outage: Outage };

const againSeconds = 60;

export interface CheckParts {
  ledger: Ledger;
  config: RepositoryConfig;
  row: SourceRow;
  now: number;
}

/** Asks a source what it has. Whatever is wrong with the source ends in its row, with how long it took. */
export async function checkSource(
  check: CheckParts,
  clock: () => number,
  ask: () => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const { ledger, row, now, config } = check;
  const took = () => clock() - now;
  try {
    const outcome = await ask();
    const isSoon = "again" in outcome && outcome.again;
    const nextCheck = now + (isSoon ? Math.min(againSeconds, config.interval) : config.interval) * 1000;
    if (outcome.kind === "failed") recordFailure(check, { ...outcome.outage, took: took() }, undefined);
    else if (outcome.kind === "nothing-to-ask") ledger.sources.postponed(row.id, nextCheck);
    else if (outcome.kind !== "unfinished") succeed(check, nextCheck, took());
    return outcome;
  } catch (error) {
    if (error instanceof BudgetSpent) return { kind: "unfinished" };
    if (!(error instanceof UpstreamError)) throw error; // our own fault or our storage's: the unit fails
    const outage = { code: error.code, message: error.message };
    recordFailure(check, { ...outage, took: took() }, error.retryAfter);
    return { kind: "failed", outage };
  }
}

/** What failed while the source was down is tried again now, once, and not when its back-off says. */
function succeed({ ledger, row, now }: CheckParts, nextCheck: number, took: number): void {
  ledger.sources.succeeded(row.id, now, nextCheck, took);
  if (row.state !== "failing") return;
  ledger.copyQueue.retryPassing(row.id, passingCodes);
  ledger.tagQueue.retryPassing(row.id, passingCodes, now);
  ledger.sources.resumed(row.id);
  if (ledger.fact("copy-pause-asked") === undefined) ledger.remember("copy-pause", undefined);
}

/** A new try soon: never later than the ordinary interval, unless the upstream asks for more. */
function recordFailure(
  check: CheckParts,
  outage: Outage & { took: number },
  retryAfter: number | undefined,
): void {
  const { ledger, row, now, config } = check;
  const wait = backoffSeconds(row.failures + 1, 30, config.interval);
  ledger.sources.failed(row.id, now, now + Math.max(wait, retryAfter ?? 0) * 1000, outage);
}
