import { env } from "cloudflare:test";
import { beforeEach, describe, expect, inject, test } from "vitest";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import { headKey, withdrawalsKey } from "../../src/storage/keys.ts";
import { failingStore } from "../support/failing-store.ts";
import { type Harness, indexOf, publishUpstream, withKeeper } from "../support/keeper-harness.ts";
import { historyOf } from "../support/published-documents.ts";
import { withdrawalOf } from "../support/withdrawing.ts";

// One document for all: the same bytes are withdrawn in every repository.
beforeEach(() => env.BUCKET.delete(withdrawalsKey));

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
