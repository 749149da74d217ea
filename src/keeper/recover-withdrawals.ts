import { messageOf, type WithdrawalsEvent } from "../observability/event.ts";
import {
  readCopy,
  readWithdrawals,
  replaceWithdrawals,
  type WithdrawalsBucket,
  type WithdrawalsCopy,
} from "../storage/change-withdrawals.ts";
import { withdrawalsKey } from "../storage/keys.ts";
import { within } from "../storage/within.ts";
import type { Withdrawals } from "../storage/withdrawals.ts";

/** Everybody who knows what is withdrawn. */
export interface KnownWithdrawals {
  bucket: WithdrawalsBucket;
  kv: WithdrawalsCopy;
  /** All that are configured. */
  repositories: readonly string[];
  keepers: {
    /** Tells a Keeper the number of what is withdrawn. @returns what it has applied, if that is later */
    poke(repository: string, withdrawals?: number): Promise<Withdrawals | undefined>;
  };
  log: (event: WithdrawalsEvent) => void;
}

/**
 * Tells every Keeper which number the withdrawals have, and brings KV's copy in step. Numbers only grow, so where KV
 * or a Keeper knows a later document than R2 has, R2 has lost it, or was restored from a backup: then it gets that
 * one back, because what was withdrawn must not come back by itself. What R2 has and nobody can read is left to the
 * operator.
 *
 * @param patience for so many milliseconds each of them is waited for
 * @throws {Error} where R2 does not take back what it has lost
 */
export async function recoverWithdrawals(
  { bucket, kv, repositories, keepers, log }: KnownWithdrawals,
  patience: number,
): Promise<void> {
  const stored = await readWithdrawals(bucket).catch((error: unknown) => {
    log({ event: "withdrawals-unread", message: messageOf(error) });
    return undefined;
  });
  const told = repositories.map((name) => keepers.poke(name, stored?.withdrawals.number));
  const [copied, ...applied] = await Promise.all(
    [readCopy(kv), ...told].map((one) => within(patience, one, () => undefined).catch(() => undefined)),
  );
  if (stored === undefined) return;
  const latest = [copied, ...applied].reduce<Withdrawals>(
    (one, other) => (other !== undefined && other.number > one.number ? other : one),
    stored.withdrawals,
  );
  if (latest !== stored.withdrawals && (await replaceWithdrawals(bucket, latest, stored.etag))) {
    log({ event: "withdrawals-recovered", number: latest.number, withdrawn: latest.entries.length });
  }
  if (latest.number > (copied?.number ?? 0)) {
    await kv.put(withdrawalsKey, JSON.stringify(latest)).catch(() => undefined); // the next tick does it
  }
}
