import { withdrawalsKey } from "./keys.ts";
import { noWithdrawals, parseWithdrawals, type Withdrawals } from "./withdrawals.ts";

export type WithdrawalsBucket = Pick<R2Bucket, "get" | "put">;

/** KV's copy. */
export interface WithdrawalsCopy {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
}

/** Others may be at it: so often it is begun anew. */
const attempts = 5;

/** The entries that are to be, and what is to be said of that; without entries the document stays as it is. */
export interface Change<T> {
  entries?: Withdrawals["entries"];
  result: T;
}

/**
 * Changes the document by compare-and-swap.
 *
 * @param now milliseconds since 1970
 * @param change from what is there; `number` is the one that the document gets
 * @returns what came of the last attempt, and the number that the document has now
 * @throws {Error} where the store fails, or others are always faster
 */
export async function changeWithdrawals<T>(
  bucket: WithdrawalsBucket,
  now: number,
  change: (current: Withdrawals, number: number) => Change<T>,
): Promise<{ number: number; result: T }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { withdrawals: current, etag } = await readWithdrawals(bucket);
    const number = Math.max(current.number + 1, now);
    const { entries, result } = change(current, number);
    if (entries === undefined) return { number: current.number, result };
    if (await replaceWithdrawals(bucket, { number, entries }, etag)) return { number, result };
  }
  throw new Error("What is withdrawn is being changed by somebody else all the time.");
}

/**
 * Puts another document in place of the one that was read.
 *
 * @param etag of the one that was read; `undefined` where there was none
 * @returns whether the document is the new one now: nobody else was faster
 */
export async function replaceWithdrawals(
  bucket: WithdrawalsBucket,
  withdrawals: Withdrawals,
  etag: string | undefined,
): Promise<boolean> {
  const onlyIf = etag === undefined ? { etagDoesNotMatch: "*" } : { etagMatches: etag };
  return (await bucket.put(withdrawalsKey, JSON.stringify(withdrawals), { onlyIf })) !== null;
}

/**
 * The document that counts.
 *
 * @throws {Error} where the store fails, or holds something else: what is withdrawn must not be forgotten for that
 */
export async function readWithdrawals(
  bucket: Pick<R2Bucket, "get">,
): Promise<{ withdrawals: Withdrawals; etag?: string }> {
  const object = await bucket.get(withdrawalsKey);
  if (object === null) return { withdrawals: noWithdrawals };
  const withdrawals = parseWithdrawals(await object.text());
  if (withdrawals === undefined) throw new Error(`${withdrawalsKey} in R2 is no document of withdrawals.`);
  return { withdrawals, etag: object.etag };
}

/** @returns `undefined` where there is none, or nothing of the kind */
export async function readCopy(kv: WithdrawalsCopy): Promise<Withdrawals | undefined> {
  const text = await kv.get(withdrawalsKey);
  return text === null ? undefined : parseWithdrawals(text);
}
