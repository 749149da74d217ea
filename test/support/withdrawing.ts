import { env } from "cloudflare:test";
import { withdrawalsKey } from "../../src/storage/keys.ts";
import type { Withdrawal, Withdrawals } from "../../src/storage/withdrawals.ts";

let number = 0;

/** An entry as the operator makes it, of a version without known digests unless they are given. */
export const withdrawalOf = (
  repository: string,
  chart: string,
  version: string,
  more: Partial<Withdrawal> = {},
): Withdrawal => ({
  number: 1,
  repository,
  chart,
  version,
  digests: [],
  manifests: [],
  reason: "its release was hijacked",
  at: "2026-11-21T08:00:00Z",
  ...more,
});

/** Stores what is withdrawn, in place of what was. Its number is another one every time. */
export async function storeWithdrawals(...entries: Withdrawal[]): Promise<Withdrawals> {
  number += 1;
  const withdrawals = { number, entries: entries.map((entry) => ({ ...entry, number })) };
  await env.BUCKET.put(withdrawalsKey, JSON.stringify(withdrawals));
  return withdrawals;
}
