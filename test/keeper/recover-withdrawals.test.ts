import { env } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { recoverWithdrawals } from "../../src/keeper/recover-withdrawals.ts";
import { reinstate, withdraw } from "../../src/keeper/withdraw.ts";
import type { WithdrawalsEvent } from "../../src/observability/event.ts";
import { readWithdrawals } from "../../src/storage/change-withdrawals.ts";
import { withdrawalsKey } from "../../src/storage/keys.ts";
import { listed, publish, SmallMirror } from "../support/merged-harness.ts";
import { operatorOf } from "../support/withdrawing.ts";

const reason = "its release was hijacked";
const lose = { r2: () => env.BUCKET.delete(withdrawalsKey), kv: () => env.KV.delete(withdrawalsKey) };
const stored = async () => (await readWithdrawals(env.BUCKET)).withdrawals;
const isWithdrawn = async (): Promise<string[]> => (await stored()).entries.map(({ version }) => version);

beforeEach(async () => void (await Promise.all([lose.r2(), lose.kv()])));

/** A mirror of one repository with three versions of alpha, of which 2.0.0 is withdrawn. */
async function withdrawn() {
  const mirror = new SmallMirror();
  const versions = ["1.0.0", "2.0.0", "3.0.0"];
  await publish(
    mirror.add("a"),
    versions.map((version) => ["alpha", version, `alpha ${version} ${mirror.nameOf("a")}`]),
  );
  await mirror.settle("a");
  const events: WithdrawalsEvent[] = [];
  const operator = operatorOf(mirror, ["a"], { events });
  const named = (version: string) => ({ repository: mirror.nameOf("a"), chart: "alpha", version });
  await withdraw(operator, { ...named("2.0.0"), reason });
  await mirror.settle("a");
  const tick = async (): Promise<string[]> => {
    await recoverWithdrawals(operator, 1000);
    await mirror.settle("a");
    return (await listed(mirror, "a")).map((one) => one.split(" ")[1] ?? "");
  };
  return { operator, named, events, tick, before: await stored() };
}

type Lost = (typeof lose)[keyof typeof lose];

test.for<[string, Lost[]]>([
  ["KV's copy", [lose.r2]],
  ["what a Keeper has applied", [lose.r2, lose.kv]],
])("a document that R2 has lost comes back from %s, whole", async ([, lost]) => {
  const { tick, events, before } = await withdrawn();
  for (const one of lost) await one();
  expect(await tick()).toEqual(["3.0.0", "1.0.0"]);
  expect(await stored()).toEqual(before);
  expect(await env.KV.get(withdrawalsKey, "json")).toEqual(before);
  expect(events).toEqual([{ event: "withdrawals-recovered", number: before.number, withdrawn: 1 }]);
  expect(await tick()).toEqual(["3.0.0", "1.0.0"]);
  expect(events).toHaveLength(1);
});

test("to withdraw another version, or to reinstate one, loses nothing of a document that R2 has lost", async () => {
  const { operator, named } = await withdrawn();
  await lose.r2();
  await withdraw(operator, { ...named("3.0.0"), reason });
  expect(await isWithdrawn()).toEqual(["2.0.0", "3.0.0"]);
  await lose.r2();
  expect(await reinstate(operator, named("2.0.0"))).toMatchObject({ kind: "reinstated" });
  expect(await isWithdrawn()).toEqual(["3.0.0"]);
});

test("a document from a backup gives way to the later one that it has forgotten", async () => {
  const { operator, named, tick, before } = await withdrawn();
  await withdraw(operator, { ...named("3.0.0"), reason });
  await tick();
  await env.BUCKET.put(withdrawalsKey, JSON.stringify(before));
  await lose.kv();
  expect(await tick()).toEqual(["1.0.0"]);
  expect(await isWithdrawn()).toEqual(["2.0.0", "3.0.0"]);
});

test("a document that began anew, because nobody knew the one before, has a number of its own and is applied", async () => {
  const { operator, named, tick, before } = await withdrawn();
  await Promise.all([lose.r2(), lose.kv()]);
  const unreachable = { ...operator.keepers, poke: () => Promise.reject(new Error("unreachable")) };
  const later = { ...operator, keepers: unreachable, now: () => operator.now() + 3_600_000 };
  await withdraw(later, { ...named("3.0.0"), reason });
  expect((await stored()).number).toBeGreaterThan(before.number);
  expect(await tick()).toEqual(["2.0.0", "1.0.0"]);
});

test("a document that cannot be read is told and left alone, and comes back when the operator has deleted it", async () => {
  const { tick, events, before } = await withdrawn();
  await env.BUCKET.put(withdrawalsKey, "{");
  expect(await tick()).toEqual(["3.0.0", "1.0.0"]);
  expect(events).toEqual([{ event: "withdrawals-unread", message: expect.stringContaining("withdrawals") }]);
  expect(await (await env.BUCKET.get(withdrawalsKey))?.text()).toBe("{");
  await lose.r2();
  await tick();
  expect(await stored()).toEqual(before);
});

test("nobody waits for a Keeper that does not answer", async () => {
  const { operator, before } = await withdrawn();
  await lose.r2();
  const hanging = { ...operator, keepers: { poke: () => new Promise<undefined>(() => undefined) } };
  await recoverWithdrawals(hanging, 20);
  expect(await stored()).toEqual(before);
});
