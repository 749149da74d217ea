import { env } from "cloudflare:test";
import { beforeEach, describe, expect, inject, test } from "vitest";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import { versionSortKey } from "../../src/helm/version.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { reinstate, withdraw } from "../../src/keeper/withdraw.ts";
import { recoverWithdrawals } from "../../src/keeper/recover-withdrawals.ts";
import { readWithdrawals } from "../../src/storage/change-withdrawals.ts";
import { withdrawResult } from "../../src/operator/withdrawal-results.ts";
import { headKey, withdrawalsKey } from "../../src/storage/keys.ts";
import { failingStore } from "../support/failing-store.ts";
import { type Harness, indexOf, publishUpstream, statusOf, withKeeper } from "../support/keeper-harness.ts";
import { listed, publish, SmallMirror, textOf, twoAndAll } from "../support/merged-harness.ts";
import { historyOf, latestIndex } from "../support/published-documents.ts";
import { operatorOf, tellKeeper, withdrawalOf } from "../support/withdrawing.ts";

const reason = "its release was hijacked";

// One document for all: the same bytes are withdrawn in every repository.
beforeEach(
  async () => void (await Promise.all([env.BUCKET.delete(withdrawalsKey), env.KV.delete(withdrawalsKey)])),
);

const versionsOf = (harness: Harness) => Promise.resolve(statusOf(harness).versions);

/** A mirror of one repository with alpha 1.0.0 and 2.0.0. */
async function single() {
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

test("other bytes of a listed version are told as such, but not while they are withdrawn", async () => {
  const mirror = new SmallMirror();
  const [a, b] = [mirror.add("a"), mirror.add("b")];
  await publish(b, [["alpha", "1.0.0", "good"]]);
  await mirror.settle("b");
  for (const upstream of [a, b]) await publish(upstream, [["alpha", "1.0.0", "hijacked"]]);
  mirror.wait(600);
  await mirror.settle("a", "b");
  const told = () =>
    mirror.on("b", (harness) => {
      const { mutations, problemCount } = statusOf(harness);
      return Promise.resolve({ mutations, problemCount, ...harness.ledger.mutations.count() });
    });
  expect(await told()).toEqual({ mutations: 1, problemCount: 1, known: 1, untold: 0 });
  const named = { repository: mirror.nameOf("a"), chart: "alpha", version: "1.0.0" };
  const operator = operatorOf(mirror, ["a", "b"]);
  await withdraw(operator, { ...named, reason });
  await mirror.settle("a", "b");
  expect(await told()).toEqual({ mutations: 0, problemCount: 0, known: 0, untold: 0 });
  await reinstate(operator, named);
  await mirror.settle("a", "b");
  expect(await told()).toEqual({ mutations: 1, problemCount: 1, known: 1, untold: 0 });
});

describe("a Keeper that has lost its ledger", () => {
  async function lose(work: (harness: Harness) => Promise<void>, isApplied: boolean): Promise<void> {
    const repository = `lost-${isApplied ? "after" : "before"}`;
    await env.BUCKET.delete(withdrawalsKey);
    let digests: string[] = [];
    await withKeeper(
      async (harness) => {
        digests = await publishUpstream(harness, 2);
        await harness.settle();
        const entry = withdrawalOf(repository, "alpha", "2.0.0", { digests: digests.slice(1) });
        await env.BUCKET.put(withdrawalsKey, JSON.stringify({ number: 1, entries: [entry] }));
        if (!isApplied) return;
        tellWithdrawals(harness.ledger, 1, harness.parts.now());
        await harness.settle();
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 2);
        await work(harness);
      },
      { repository },
    );
    await env.BUCKET.delete(withdrawalsKey);
  }

  test.for([false, true])(
    "does not list again what is withdrawn (published without it: %s)",
    async (isApplied) => {
      await lose(async (harness) => {
        await harness.settle();
        const { entries } = await harness.index();
        expect(entries["alpha"]?.map(({ version }) => version)).toEqual(["1.0.0"]);
        expect((await harness.head()).withdrawals).toBe(1);
      }, isApplied);
    },
  );

  test("says nothing of a number that it could not read", async () => {
    await lose(async (harness) => {
      const { bucket } = harness.parts;
      harness.parts.bucket = failingStore(bucket, (_, key) => (key === withdrawalsKey ? "before" : "no"), {
        operations: 0,
      });
      await harness.settle();
      expect((await harness.head()).withdrawals).toBeUndefined();
      expect(harness.events).toContainEqual(expect.objectContaining({ event: "withdrawals-failed" }));
      harness.parts.bucket = bucket;
      harness.wait(30);
      await harness.settle();
      expect((await harness.head()).withdrawals).toBe(1);
      expect((await harness.index()).entries["alpha"]).toHaveLength(1);
    }, true);
  });
});

describe("with a budget for some of the charts in a unit,", () => {
  const charts = Array.from({ length: 60 }, (_, at) => `chart-${String(at).padStart(2, "0")}`);
  const small = { entries: 1, archives: 0, subrequests: 0 };
  const names = async (harness: Harness) => Object.keys((await harness.index()).entries);

  async function filled(harness: Harness): Promise<void> {
    const versions = await Promise.all(
      charts.map(async (chart) => {
        const digest = await harness.upstream.archive(`${chart}-1.0.0.tgz`, chart);
        return { chart, version: "1.0.0", digest };
      }),
    );
    harness.upstream.put("index.yaml", indexOf(versions));
  }
  const withdrawAll = (repository: string) =>
    env.BUCKET.put(
      withdrawalsKey,
      JSON.stringify({
        number: 1,
        entries: charts.slice(1).map((chart) => withdrawalOf(repository, chart, "1.0.0")),
      }),
    );

  test("a number is said only with nothing listed that it withdraws", async () => {
    await withKeeper(async (harness) => {
      await filled(harness);
      await harness.settle();
      await withdrawAll(harness.repository);
      tellWithdrawals(harness.ledger, 1, harness.parts.now());
      harness.parts.budget = small;
      await harness.unit();
      expect((await harness.head()).withdrawals).toBe(1);
      expect(await names(harness)).toEqual(charts.slice(0, 1));
    });
  });

  test("what is adopted is not listed before it is judged", async () => {
    const repository = "lost-and-large";
    await withKeeper(
      async (harness) => {
        await filled(harness);
        await harness.settle();
        await withdrawAll(repository);
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        harness.parts.budget = small;
        await harness.unit();
        expect((await harness.head()).withdrawals).toBe(1);
        expect(await names(harness)).toEqual(charts.slice(0, 1));
      },
      { repository },
    );
  });
});

describe("wherever storage fails while it is applied,", () => {
  const counter = { operations: 0 };

  /** @returns whether anything failed */
  async function interrupted(at: number, when: "before" | "after"): Promise<boolean> {
    await env.BUCKET.delete(withdrawalsKey);
    let hasFailed = false;
    await withKeeper(async (harness) => {
      const [, bad = ""] = await publishUpstream(harness, 2);
      await harness.settle();
      const { bucket, kv } = harness.parts;
      const fails = (operation: number) => {
        hasFailed ||= operation === at;
        return operation === at ? when : "no";
      };
      counter.operations = 0;
      harness.parts.bucket = failingStore(bucket, fails, counter);
      harness.parts.kv = failingStore(kv, fails, counter);
      const entry = withdrawalOf(harness.repository, "alpha", "2.0.0", { digests: [bad] });
      await env.BUCKET.put(withdrawalsKey, JSON.stringify({ number: 1, entries: [entry] }));
      tellWithdrawals(harness.ledger, 1, harness.parts.now());
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await harness.settle().catch(() => undefined);
        const { withdrawals = 0 } = await harness.head();
        const versions = (await harness.index()).entries["alpha"]?.map(({ version }) => version);
        if (withdrawals === 1) expect(versions).toEqual(["1.0.0"]);
        harness.wait(60);
      }
      expect((await harness.head()).withdrawals).toBe(1);
      expect(await env.KV.get(headKey(harness.repository), "json")).toMatchObject({ withdrawals: 1 });
      expect((await historyOf(harness)).revisions[0]).toMatchObject({ withdrawals: 1 });
    });
    await env.BUCKET.delete(withdrawalsKey);
    return hasFailed;
  }

  test.for(inject("thorough") ? (["before", "after"] as const) : (["after"] as const))(
    "%s the operation, the head never says a number that its index does not keep",
    async (when) => {
      const step = inject("thorough") ? 1 : 3;
      let at = 1;
      while (await interrupted(at, when)) at += step;
      expect(at).toBeGreaterThan(15);
    },
  );
});

describe("the cache", () => {
  test("is purged at once: every repository, and the digests", async () => {
    const { mirror, bad, named } = await single();
    const purged: string[] = [];
    await withdraw(operatorOf(mirror, ["a"], { purged }), { ...named, reason });
    expect(purged).toEqual(expect.arrayContaining([`repository-${named.repository}`, `sha256-${bad}`]));
  });

  test("is purged again when every isolate has heard of it, and until that works", async () => {
    const { mirror, bad, named } = await single();
    const purged: [string, readonly string[]][] = [];
    let fails = true;
    mirror.prepare = ({ parts }) => {
      parts.purge = (repository, digests = []) => {
        purged.push([repository, digests]);
        return fails ? Promise.reject(new Error("rate limited")) : Promise.resolve();
      };
    };
    await withdraw(operatorOf(mirror, ["a"]), { ...named, reason });
    await mirror.settle("a");
    expect(purged).toEqual([[named.repository, []]]); // behind the publication
    const again = () => purged.splice(0).filter(([, digests]) => digests.includes(bad)).length;
    mirror.wait(30);
    await mirror.settle("a");
    expect(again()).toBe(1);
    fails = false;
    mirror.wait(300);
    await mirror.settle("a");
    expect(again()).toBe(1);
    mirror.wait(300);
    await mirror.settle("a");
    expect(again()).toBe(0);
  });
});

describe("the operator", () => {
  test("hears that a version was never there, that a reason is none, and that nothing was withdrawn", async () => {
    const { mirror, named } = await single();
    const operator = operatorOf(mirror, ["a"]);
    const before = await env.BUCKET.head(withdrawalsKey);
    expect(await withdraw(operator, { ...named, version: "9.9.9", reason })).toEqual({ kind: "unknown" });
    expect(await withdraw(operator, { ...named, reason: " \n" })).toMatchObject({ kind: "bad-reason" });
    expect(await withdraw(operator, { ...named, reason: "x".repeat(501) })).toMatchObject({
      kind: "bad-reason",
    });
    expect(await reinstate(operator, named)).toEqual({ kind: "not-withdrawn" });
    expect((await env.BUCKET.head(withdrawalsKey))?.etag).toBe(before?.etag);
  });

  test("may withdraw twice: the later reason counts, and known digests stay", async () => {
    const { mirror, bad, named } = await single();
    const operator = operatorOf(mirror, ["a"]);
    await withdraw(operator, { ...named, reason });
    await withdraw(operator, { ...named, reason: "a\n\nbetter  reason" });
    const { entries } = (await readWithdrawals(env.BUCKET)).withdrawals;
    expect(entries.filter(({ repository }) => repository === named.repository)).toMatchObject([
      { reason: "a better reason", digests: [bad] },
    ]);
  });

  test("hears how many archives of a version are too many to be withdrawn by digest", async () => {
    const { mirror, bad, named } = await single();
    const { chart, version } = named;
    const entry = { chart, name: chart, version, urls: [], metadata: "{}" };
    const release = {
      sortKey: versionSortKey(version) ?? "",
      line: new Uint8Array(),
      addresses: [],
      now: 0,
      agedFrom: 0,
    };
    await mirror.on("a", async ({ ledger: { releases } }) => {
      for (let at = 0; at < 102; at += 1) {
        const digest = at.toString(16).padStart(64, "0");
        releases.confirm([releases.add({ ...release, entry: { ...entry, digest } })]);
      }
      await Promise.resolve();
    });
    const outcome = await withdraw(operatorOf(mirror, ["a"]), { ...named, reason });
    expect(outcome).toMatchObject({ kind: "withdrawn", beyond: 3 });
    const { digests = [] } = (await readWithdrawals(env.BUCKET)).withdrawals.entries[0] ?? {};
    expect([digests[0], digests.length]).toEqual([bad, 100]);
    if (outcome.kind !== "withdrawn") return;
    const { message } = withdrawResult(outcome, named);
    expect(message).toBe(
      "alpha 2.0.0 is withdrawn, with 100 archives. 3 archives more are known of it than can be withdrawn by digest (100): " +
        "they are not listed here any more, but can be had by their digests, and in other repositories.",
    );
  });

  test("loses nothing to another one at the same time", async () => {
    const { mirror, named } = await single();
    const operator = operatorOf(mirror, ["a"]);
    await Promise.all(["1.0.0", "2.0.0"].map((version) => withdraw(operator, { ...named, version, reason })));
    const { entries } = (await readWithdrawals(env.BUCKET)).withdrawals;
    expect(entries.filter(({ repository }) => repository === named.repository)).toHaveLength(2);
    expect(await env.KV.get(withdrawalsKey, "json")).toEqual((await readWithdrawals(env.BUCKET)).withdrawals);
  });

  test("need not care for a copy that KV did not take: it is written by the next tick, and only then", async () => {
    const { mirror, named } = await single();
    await env.KV.delete(withdrawalsKey);
    const kv = {
      get: (key: string) => env.KV.get(key),
      put: () => Promise.reject(new Error("KV is down")),
    };
    const outcome = await withdraw({ ...operatorOf(mirror, ["a"]), kv }, { ...named, reason });
    expect(outcome).toMatchObject({ kind: "withdrawn", behind: ["KV: KV is down"] });
    const { withdrawals } = await readWithdrawals(env.BUCKET);
    const puts: string[] = [];
    const counted = {
      ...kv,
      put: async (key: string, text: string) => {
        puts.push(key);
        await env.KV.put(key, text);
      },
    };
    for (let tick = 0; tick < 2; tick += 1) {
      await recoverWithdrawals({ ...operatorOf(mirror, ["a"]), kv: counted }, 1000);
    }
    expect(await env.KV.get(withdrawalsKey, "json")).toEqual(withdrawals);
    expect(puts).toEqual([withdrawalsKey]);
  });

  test("is refused when the document cannot be read, rather than that it is forgotten", async () => {
    const { mirror, named } = await single();
    await env.BUCKET.put(withdrawalsKey, "{");
    await expect(withdraw(operatorOf(mirror, ["a"]), { ...named, reason })).rejects.toThrow("withdrawals");
    await env.BUCKET.delete(withdrawalsKey);
  });
});
