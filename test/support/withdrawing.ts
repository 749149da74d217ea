import { env } from "cloudflare:test";
import { versionSortKey } from "../../src/helm/version.ts";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import type { Withdrawing } from "../../src/keeper/withdraw.ts";
import { withdrawalsKey } from "../../src/storage/keys.ts";
import type { Withdrawal, Withdrawals } from "../../src/storage/withdrawals.ts";
import { publish, SmallMirror } from "./merged-harness.ts";

export const reason = "its release was hijacked";

let changes = 0;

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
  reason,
  at: "2026-11-21T08:00:00Z",
  ...more,
});

/** Stores what is withdrawn, in place of what was. Its number is another one every time. */
export async function storeWithdrawals(...entries: Withdrawal[]): Promise<Withdrawals> {
  changes += 1;
  const withdrawals = {
    number: changes,
    entries: entries.map((entry) => ({ ...entry, number: changes })),
  };
  await env.BUCKET.put(withdrawalsKey, JSON.stringify(withdrawals));
  return withdrawals;
}

/** The operator's side of a mirror. @param isTold whether Keepers hear of it, or only the cron tells them */
export function operatorOf(
  mirror: SmallMirror,
  names: readonly string[],
  { isTold = true, purged = [] }: { isTold?: boolean; purged?: string[] } = {},
): Withdrawing {
  const nameOf = (repository: string): string => repository.slice(0, repository.lastIndexOf("-"));
  return {
    bucket: env.BUCKET,
    kv: env.KV,
    repositories: names.map((name) => mirror.nameOf(name)),
    keepers: {
      digestsOf: (repository, chart, version) =>
        mirror.on(nameOf(repository), ({ ledger }) =>
          Promise.resolve(ledger.withdrawn.digestsOf(chart, versionSortKey(version) ?? version)),
        ),
      poke: async (repository, number) => {
        if (!isTold) throw new Error("lost");
        await tellKeeper(mirror, nameOf(repository), number);
      },
    },
    purge: (tags) => Promise.resolve(void purged.push(...tags)),
    now: () => Date.UTC(2026, 0, 1),
  };
}

export const tellKeeper = (mirror: SmallMirror, name: string, number: number): Promise<void> =>
  mirror.on(name, ({ ledger, parts }) => Promise.resolve(tellWithdrawals(ledger, number, parts.now())));

/** A mirror of one repository with alpha 1.0.0 and 2.0.0. */
export async function single() {
  const mirror = new SmallMirror();
  const upstream = mirror.add("a");
  const [old = "", bad = ""] = await publish(upstream, [
    ["alpha", "1.0.0"],
    ["alpha", "2.0.0"],
  ]);
  await mirror.settle("a");
  const named = { repository: mirror.nameOf("a"), chart: "alpha", version: "2.0.0" };
  const head = () => mirror.on("a", (harness) => harness.head());
  return { mirror, upstream, old, bad, named, head };
}
