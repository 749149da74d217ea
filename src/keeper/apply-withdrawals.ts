import { type Log, messageOf } from "../observability/event.ts";
import { readWithdrawals } from "../storage/change-withdrawals.ts";
import type { Withdrawals } from "../storage/withdrawals.ts";
import type { Ledger } from "./ledger.ts";
import { purgeLater } from "./purge-digests.ts";
import { forgetSummary } from "./report.ts";

const retrySeconds = 30;

export interface WithdrawalParts {
  repository: string;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "get">;
  now: () => number;
  log: Log;
}

/**
 * Somebody says which number the withdrawals have: if it is a later one than was applied, they are read.
 *
 * @returns what was applied, if that is later: then somebody has lost what was withdrawn since
 */
export function tellWithdrawals(ledger: Ledger, number: number, now: number): Withdrawals | undefined {
  const applied = ledger.number("withdrawals");
  if (applied > number) return { number: applied, entries: ledger.withdrawn.entries() };
  if (ledger.fact("withdrawals") !== String(number)) ledger.remember("withdrawals-due", now);
  return undefined;
}

/**
 * Takes what is withdrawn out of the listing, and what is so no more is judged again. A ledger that has never heard
 * of withdrawals, because it is new or was lost, reads them before anything else.
 */
export async function applyWithdrawals(parts: WithdrawalParts): Promise<void> {
  const { repository, ledger, bucket, now, log } = parts;
  const due = ledger.fact("withdrawals-due");
  if (due === undefined ? ledger.fact("withdrawals") !== undefined : Number(due) > now()) return;
  try {
    const { withdrawals } = await readWithdrawals(bucket);
    const charts = ledger.transaction(() => {
      // What was told while it was read is read in the next unit.
      if (ledger.fact("withdrawals-due") === due) ledger.remember("withdrawals-due", undefined);
      return apply(parts, withdrawals);
    });
    if (charts > 0) log({ event: "withdrawals-applied", repository, number: withdrawals.number, charts });
  } catch (error) {
    ledger.remember("withdrawals-due", now() + retrySeconds * 1000);
    log({ event: "withdrawals-failed", repository, message: messageOf(error) });
  }
}

/** An earlier one is what is left of a document that was lost. @returns how many charts are to be judged */
function apply({ repository, ledger, now }: WithdrawalParts, { number, entries }: Withdrawals): number {
  const applied = ledger.fact("withdrawals");
  if (applied !== undefined && Number(applied) >= number) return 0;
  const charts = ledger.withdrawn.replace(repository, entries);
  for (const chart of charts) ledger.judgements.mark(chart);
  ledger.remember("withdrawals", number);
  if (applied === undefined && number === 0) return 0;
  forgetSummary(ledger);
  ledger.listingChanged(); // the head says which number was applied
  const own = entries.filter(
    (entry) => entry.repository === repository && entry.number > Number(applied ?? 0),
  );
  purgeLater(
    ledger,
    own.flatMap(({ digests, manifests }) => [...digests, ...manifests]),
    now(),
  );
  return charts.length;
}

/** When there is something to do here, in milliseconds since 1970. */
export const nextWithdrawalWork = (ledger: Ledger, never: number): number =>
  Number(ledger.fact("withdrawals-due") ?? never);
