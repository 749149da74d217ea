import { type Log, messageOf } from "../observability/event.ts";
import { readWithdrawals } from "../storage/change-withdrawals.ts";
import type { Withdrawals } from "../storage/withdrawals.ts";
import type { Ledger } from "./ledger.ts";
import { forgetSummary } from "./report.ts";

const retrySeconds = 30;
/**
 * When the cache is purged once more: an isolate that has not heard of it yet may have put an answer back into the
 * cache, behind the purge of who withdrew. They hear of it within ten seconds.
 */
const purgeSeconds = 30;
const purgeRetrySeconds = 300;

export interface WithdrawalParts {
  repository: string;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "get">;
  /** Tells the platform's cache that the repository's index changed, and that these digests are not what they were. */
  purge: (repository: string, digests?: readonly string[]) => Promise<void>;
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

interface Purge {
  /** Milliseconds since 1970. */
  due: number;
  digests: string[];
}

const pendingPurge = (ledger: Ledger): Purge | undefined => {
  const pending = ledger.fact("withdrawn-purge");
  return pending === undefined ? undefined : JSON.parse(pending);
};

function purgeLater(ledger: Ledger, digests: readonly string[], now: number): void {
  const purge: Purge = {
    due: now + purgeSeconds * 1000,
    digests: [...new Set([...(pendingPurge(ledger)?.digests ?? []), ...digests])],
  };
  ledger.remember("withdrawn-purge", JSON.stringify(purge));
}

/** Answers by digest are kept for a year: so this is tried until it works. */
export async function purgeWithdrawn({
  repository,
  ledger,
  purge,
  now,
  log,
}: WithdrawalParts): Promise<void> {
  const pending = pendingPurge(ledger);
  if (pending === undefined || pending.due > now()) return;
  try {
    await purge(repository, pending.digests);
    ledger.remember("withdrawn-purge", undefined);
  } catch (error) {
    const later: Purge = { ...pending, due: now() + purgeRetrySeconds * 1000 };
    ledger.remember("withdrawn-purge", JSON.stringify(later));
    log({ event: "purge-failed", repository, message: messageOf(error) });
  }
}

/** When there is something to do here, in milliseconds since 1970. */
export const nextWithdrawalWork = (ledger: Ledger, never: number): number =>
  Math.min(Number(ledger.fact("withdrawals-due") ?? never), pendingPurge(ledger)?.due ?? never);
