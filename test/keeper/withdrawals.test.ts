import { env } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { nextDue } from "../../src/keeper/unit.ts";
import { reinstate, withdraw } from "../../src/keeper/withdraw.ts";
import { readWithdrawals } from "../../src/storage/change-withdrawals.ts";
import { headKey, withdrawalsKey } from "../../src/storage/keys.ts";
import { type Harness, statusOf } from "../support/keeper-harness.ts";
import { listed, publish, SmallMirror, textOf, twoAndAll } from "../support/merged-harness.ts";
import { historyOf, latestIndex } from "../support/published-documents.ts";
import { operatorOf, tellKeeper, reason, single } from "../support/withdrawing.ts";

// One document for all: the same bytes are withdrawn in every repository.
beforeEach(() => env.BUCKET.delete(withdrawalsKey));

const versionsOf = (harness: Harness) => Promise.resolve(statusOf(harness).versions);

test("a withdrawn version is listed nowhere, and reinstated it is listed as before, to the byte", async () => {
  const { mirror, old, bad, named, head } = await single();
  const [before, text] = [await head(), await textOf(mirror, "a")];
  const operator = operatorOf(mirror, ["a"]);

  expect(await withdraw(operator, { ...named, reason })).toMatchObject({
    kind: "withdrawn",
    withdrawal: { ...named, reason, digests: [bad], manifests: [expect.any(String), expect.any(String)] },
    behind: [],
  });
  await mirror.settle("a");
  expect(await listed(mirror, "a")).toEqual([`alpha 1.0.0 ${old}`]);
  const { number } = (await readWithdrawals(env.BUCKET)).withdrawals;
  expect((await head()).withdrawals).toBe(number);
  expect(await mirror.on("a", versionsOf)).toMatchObject({ listed: 1, withdrawn: 1 });
  const latest = await mirror.on("a", latestIndex);
  expect(latest.entries["alpha"]?.map(({ version }) => version)).toEqual(["1.0.0"]);

  expect(await reinstate(operator, named)).toMatchObject({ kind: "reinstated", withdrawal: named });
  await mirror.settle("a");
  expect(await textOf(mirror, "a")).toBe(text);
  expect(await mirror.on("a", versionsOf)).toMatchObject({ listed: 2, withdrawn: 0 });
  const { publishedAt: _, ...same } = before;
  expect(await head()).toMatchObject({ ...same, withdrawals: number + 1 });
  const { revisions } = await mirror.on("a", historyOf);
  expect(revisions.map(({ added, hidden }) => [added.count, hidden.count])).toEqual([
    [1, 0],
    [0, 1],
    [2, 0],
  ]);
  expect(revisions.map(({ withdrawals }) => withdrawals)).toEqual([number + 1, number, before.withdrawals]);
});

test("a Keeper that was not told is told by the next tick, and only then has work", async () => {
  const { mirror, old, named } = await single();
  const operator = operatorOf(mirror, ["a"], { isTold: false });
  expect(await withdraw(operator, { ...named, reason })).toMatchObject({
    kind: "withdrawn",
    behind: [`${named.repository}: lost`],
  });
  await mirror.settle("a");
  expect(await listed(mirror, "a")).toHaveLength(2);
  const { number } = (await readWithdrawals(env.BUCKET)).withdrawals;
  await tellKeeper(mirror, "a", number);
  await mirror.settle("a");
  expect(await listed(mirror, "a")).toEqual([`alpha 1.0.0 ${old}`]);
  await tellKeeper(mirror, "a", number);
  const isIdle = await mirror.on("a", ({ ledger, parts }) =>
    Promise.resolve(nextDue(ledger, parts.config, parts.now()) > parts.now()),
  );
  expect(isIdle).toBe(true);
});

test("where nothing of it is listed only the head moves, in KV and in the history too", async () => {
  const mirror = new SmallMirror();
  await publish(mirror.add("a"), [["alpha", "1.0.0"]]);
  await publish(mirror.add("b"), [["beta", "1.0.0"]]);
  await mirror.settle("a", "b");
  const before = await mirror.on("b", (harness) => harness.head());
  const named = { repository: mirror.nameOf("a"), chart: "alpha", version: "1.0.0" };
  await withdraw(operatorOf(mirror, ["a", "b"]), { ...named, reason });
  await mirror.settle("a", "b");
  const { number } = (await readWithdrawals(env.BUCKET)).withdrawals;
  const after = { ...before, withdrawals: number };
  expect(await mirror.on("b", (harness) => harness.head())).toEqual(after);
  expect(await env.KV.get(headKey(mirror.nameOf("b")), "json")).toEqual(after);
  expect((await mirror.on("b", historyOf)).revisions.map(({ withdrawals }) => withdrawals)).toEqual([number]);
});

test("the same bytes are withdrawn in every repository, other bytes of the same version are not", async () => {
  const mirror = new SmallMirror();
  const [a, b, c] = [mirror.add("a"), mirror.add("b"), mirror.add("c")];
  await publish(a, [
    ["alpha", "1.0.0", "hijacked"],
    ["alpha", "0.1.0"],
  ]);
  const [, kept] = await publish(b, [
    ["alpha", "1.0.0", "hijacked"],
    ["alpha", "0.1.0"],
  ]);
  const [own] = await publish(c, [["alpha", "1.0.0", "another publisher's"]]);
  await mirror.settle("a", "b", "c");
  const named = { repository: mirror.nameOf("a"), chart: "alpha", version: "1.0.0" };
  const operator = operatorOf(mirror, ["a", "b", "c"]);
  await withdraw(operator, { ...named, reason });
  await mirror.settle("a", "b", "c");
  expect(await listed(mirror, "a")).toEqual([`alpha 0.1.0 ${kept}`]);
  expect(await listed(mirror, "b")).toEqual([`alpha 0.1.0 ${kept}`]);
  expect(await listed(mirror, "c")).toEqual([`alpha 1.0.0 ${own}`]);
  await reinstate(operator, named);
  await mirror.settle("a", "b", "c");
  expect(await listed(mirror, "b")).toHaveLength(2);
});

test("a repository that merges others does not list it either, and lists it again", async () => {
  const { mirror, a } = twoAndAll();
  await publish(a, [
    ["alpha", "1.0.0"],
    ["alpha", "2.0.0"],
  ]);
  await mirror.settle("a", "b", "all");
  const before = await listed(mirror, "all");
  const named = { repository: mirror.nameOf("a"), chart: "alpha", version: "2.0.0" };
  const operator = operatorOf(mirror, ["a", "b", "all"]);
  await withdraw(operator, { ...named, reason });
  await mirror.settle("all", "a", "b");
  expect(await listed(mirror, "all")).toEqual([before[1]]);
  await reinstate(operator, named);
  await mirror.settle("all", "a", "b");
  expect(await listed(mirror, "all")).toEqual(before);
});

test("what is withdrawn is not copied, and is when it is reinstated", async () => {
  const mirror = new SmallMirror();
  const [a, b] = [mirror.add("a"), mirror.add("b")];
  await publish(a, [["alpha", "1.0.0", "hijacked"]]);
  await mirror.settle("a");
  const named = { repository: mirror.nameOf("a"), chart: "alpha", version: "1.0.0" };
  const operator = operatorOf(mirror, ["a", "b"]);
  await withdraw(operator, { ...named, reason });
  await publish(b, [
    ["alpha", "1.0.0", "hijacked"],
    ["beta", "1.0.0"],
  ]);
  await mirror.settle("b");
  expect(b.requests).not.toContain("alpha-1.0.0.tgz");
  expect(await listed(mirror, "b")).toHaveLength(1);
  await reinstate(operator, named);
  await mirror.settle("b");
  expect(b.requests).toContain("alpha-1.0.0.tgz");
  expect(await listed(mirror, "b")).toHaveLength(2);
});

test("a withdrawn version that is released again is not listed with other bytes either", async () => {
  const { mirror, upstream, old, named } = await single();
  await withdraw(operatorOf(mirror, ["a"]), { ...named, reason });
  await mirror.settle("a");
  await publish(upstream, [
    ["alpha", "1.0.0"],
    ["alpha", "2.0.0", "hijacked again"],
  ]);
  mirror.wait(600);
  await mirror.settle("a");
  expect(await listed(mirror, "a")).toEqual([`alpha 1.0.0 ${old}`]);
});
