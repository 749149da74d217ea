import { digestTag, repositoryTag } from "../storage/cache-tag.ts";
import { type KnownWithdrawals, recoverWithdrawals } from "./recover-withdrawals.ts";
import { changeWithdrawals, readWithdrawals } from "../storage/change-withdrawals.ts";
import { withdrawalsKey } from "../storage/keys.ts";
import { longestReason, mostDigests, mostWithdrawals, type Withdrawal } from "../storage/withdrawals.ts";
import { messageOf } from "../observability/event.ts";
import type { KnownDigests } from "./withdrawn-table.ts";

/** Milliseconds for which each of those who may know more than R2 is waited for: what is to be withdrawn is urgent. */
const patience = 2000;

/** What withdrawing touches; the Keepers and the cache are reached by name. */
export interface Withdrawing extends KnownWithdrawals {
  keepers: KnownWithdrawals["keepers"] & {
    /** `undefined`: its Keeper knows no such version. */
    digestsOf(repository: string, chart: string, version: string): Promise<KnownDigests | undefined>;
  };
  /** Drops what the platform's cache holds under these tags. */
  purge: (tags: readonly string[]) => Promise<void>;
  now: () => number;
}

export interface NamedVersion {
  repository: string;
  chart: string;
  version: string;
}

/** What did not work at once; all of it is made up for by the next tick of the cron, or by time. */
export interface Behind {
  behind: string[];
}

export type WithdrawOutcome =
  /** `beyond`: archives that are known of it, more than `mostDigests`: not listed any more, but to be had by digest. */
  | ({ kind: "withdrawn"; withdrawal: Withdrawal; beyond: number } & Behind)
  /** The repository never had it. */
  | { kind: "unknown" }
  | { kind: "bad-reason"; message: string }
  /** `mostWithdrawals` are. */
  | { kind: "too-many" };

export type ReinstateOutcome =
  ({ kind: "reinstated"; withdrawal: Withdrawal } & Behind) | { kind: "not-withdrawn" };

/**
 * Withdraws a version: first the document, which readers obey within seconds; then the Keepers are told, and the
 * cache is purged. To withdraw it again brings another reason, and the digests that came in the meantime.
 *
 * @throws {Error} where R2 or the repository's Keeper fails: then nothing is withdrawn
 */
export async function withdraw(
  parts: Withdrawing,
  named: NamedVersion & { reason: string },
): Promise<WithdrawOutcome> {
  const { repository, chart, version } = named;
  const reason = named.reason.replaceAll(/\s+/gu, " ").trim();
  if (reason === "" || reason.length > longestReason) {
    return { kind: "bad-reason", message: `A reason has 1 to ${longestReason} characters.` };
  }
  const [known] = await Promise.all([
    parts.keepers.digestsOf(repository, chart, version),
    recoverWithdrawals(parts, patience),
  ]);
  const now = parts.now();
  const at = new Date(now).toISOString();
  const { number, result } = await changeWithdrawals<Withdrawal | "unknown" | "too-many">(
    parts.bucket,
    now,
    ({ entries }, next) => {
      const before = entries.find((entry) => isOf(entry, named));
      const others = entries.filter((entry) => entry !== before);
      if (known === undefined && before === undefined) return { result: "unknown" };
      if (others.length >= mostWithdrawals) return { result: "too-many" };
      const digests = both(before?.digests, known?.digests);
      const manifests = both(before?.manifests, known?.manifests);
      const made = { number: next, repository, chart, version, digests, manifests, reason, at };
      return { entries: [...others, made], result: made };
    },
  );
  if (typeof result === "string") return { kind: result };
  const beyond = new Set(known?.digests).difference(new Set(result.digests)).size;
  return { kind: "withdrawn", withdrawal: result, beyond, behind: await tell(parts, number, result) };
}

/** @throws {Error} where R2 fails: then it stays withdrawn */
export async function reinstate(parts: Withdrawing, named: NamedVersion): Promise<ReinstateOutcome> {
  await recoverWithdrawals(parts, patience);
  const { number, result } = await changeWithdrawals<Withdrawal | undefined>(
    parts.bucket,
    parts.now(),
    ({ entries }) => {
      const before = entries.find((entry) => isOf(entry, named));
      if (before === undefined) return { result: before };
      return { entries: entries.filter((entry) => entry !== before), result: before };
    },
  );
  if (result === undefined) return { kind: "not-withdrawn" };
  return { kind: "reinstated", withdrawal: result, behind: await tell(parts, number, result) };
}

const isOf = (entry: Withdrawal, { repository, chart, version }: NamedVersion): boolean =>
  entry.repository === repository && entry.chart === chart && entry.version === version;

const both = (before: readonly string[] = [], known: readonly string[] = []): string[] =>
  [...new Set([...before, ...known])].slice(0, mostDigests);

/** Everybody who keeps a copy. What fails here is made up for: the cron tells the Keepers, and these purge again. */
async function tell(
  { bucket, kv, repositories, keepers, purge }: Withdrawing,
  number: number,
  { digests, manifests }: Withdrawal,
): Promise<string[]> {
  const copy = async (): Promise<void> => {
    const { withdrawals } = await readWithdrawals(bucket); // somebody may have changed it again
    await kv.put(withdrawalsKey, JSON.stringify(withdrawals));
  };
  const tags = [...repositories.map(repositoryTag), ...[...digests, ...manifests].map(digestTag)];
  const work: [what: string, done: Promise<unknown>][] = [
    ["KV", copy()],
    ["cache", purge(tags)],
    ...repositories.map((name): [string, Promise<unknown>] => [name, keepers.poke(name, number)]),
  ];
  const results = await Promise.allSettled(work.map(([, done]) => done));
  return results.flatMap((result, at) =>
    result.status === "rejected" ? [`${work[at]?.[0]}: ${messageOf(result.reason)}`] : [],
  );
}
