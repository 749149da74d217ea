import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import { type OperatorAction, operate } from "../../src/keeper/operate.ts";
import { parseHead } from "../../src/storage/stored-json.ts";
import { headKey, revisionKey } from "../../src/storage/keys.ts";
import { RevisionStore } from "../../src/storage/revision-store.ts";
import {
  type Harness,
  indexOf,
  publishUpstream,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";
import { historyOf } from "../support/published-documents.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import type { Withdrawal } from "../../src/storage/withdrawals.ts";
import { storeWithdrawals, withdrawalOf } from "../support/withdrawing.ts";

async function act({ ledger, parts, repository }: Harness, action: OperatorAction) {
  const store = new RevisionStore(parts.bucket, parts.kv, repository);
  return await operate({ ledger, store, now: parts.now }, action);
}

const rollBack = (harness: Harness, revision: string) => act(harness, { kind: "rollback", revision });

/** So many versions upstream, mirrored after an interval. @returns the revision */
async function mirror(harness: Harness, count: number, chart?: string): Promise<string> {
  harness.wait(600);
  await publishUpstream(harness, count, chart);
  await harness.settle();
  return (await harness.head()).revision;
}

const versionsOf = async (harness: Harness) =>
  Object.values((await harness.index()).entries)
    .flat()
    .map(({ name, version }) => `${name} ${version}`);

const digestsOf = async (harness: Harness) =>
  (await harness.index()).entries["alpha"]?.map(({ digest }) => digest);

/** A unit that moves the head, and whose isolate is gone before it can remember that. */
async function dieBehindHead(harness: Harness): Promise<void> {
  const { bucket } = harness.parts;
  harness.parts.bucket = new Proxy(bucket, {
    get:
      (target, name: keyof typeof bucket) =>
      async (key: string, ...rest: unknown[]) => {
        const answer: unknown = await Reflect.apply(target[name], target, [key, ...rest]);
        if (name === "put" && key === headKey(harness.repository)) throw new Error("the isolate is gone");
        return answer;
      },
  });
  await expect(harness.unit()).rejects.toThrow("the isolate is gone");
  harness.parts.bucket = bucket;
}

const named = (...versions: string[]) => ({
  count: versions.length,
  versions: versions.map((version) => ({ chart: "alpha", version })),
});

describe("a repository that is rolled back", () => {
  test("serves the older revision, goes on mirroring, and publishes nothing until it is let go", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      await mirror(harness, 2);
      expect(await rollBack(harness, first)).toMatchObject({ kind: "done" });
      const purged: string[] = [];
      harness.parts.purge = (name) => Promise.resolve(void purged.push(name));
      await harness.settle();
      const { publishedAt, ...head } = await harness.head();
      expect(head).toMatchObject({ revision: first, pinned: publishedAt, versions: 1 });
      expect(await versionsOf(harness)).toEqual(["alpha 1.0.0"]);
      expect(purged).toEqual([harness.repository]);
      expect(parseHead((await env.KV.get(headKey(harness.repository))) ?? "")).toMatchObject(head);
      expect(statusOf(harness).pinned).toEqual({ revision: first, since: publishedAt });

      await mirror(harness, 3);
      expect((await harness.head()).revision).toBe(first);
      expect(statusOf(harness).versions).toMatchObject({ listed: 1, stored: 3 });
      expect(nextDue(harness.ledger, harness.parts.config, harness.parts.now())).toBeGreaterThan(
        harness.parts.now(),
      );

      expect(await act(harness, { kind: "let-go" })).toMatchObject({ kind: "done" });
      await harness.settle();
      expect(await versionsOf(harness)).toEqual(["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0"]);
      expect((await harness.head()).pinned).toBeUndefined();
      expect(statusOf(harness).pinned).toBeNull();
      expect(await requireEveryArchive(harness)).toBe(3);
    });
  });

  test("shows in its history what the rollback hid and what letting go brought back", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      const second = await mirror(harness, 3);
      await rollBack(harness, first);
      harness.wait(60);
      await harness.settle();
      await act(harness, { kind: "let-go" });
      harness.wait(60);
      await harness.settle();
      const pinned = expect.any(String);
      expect((await historyOf(harness)).revisions).toMatchObject([
        { revision: second, added: named("3.0.0", "2.0.0"), changed: named(), hidden: named() },
        { revision: first, pinned, added: named(), changed: named(), hidden: named("3.0.0", "2.0.0") },
        { revision: second, added: named("3.0.0", "2.0.0") },
        { revision: first, added: named("1.0.0") },
      ]);
    });
  });

  test("keeps the documents of every revision for as long as it is held, beyond the history's time", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      const second = await mirror(harness, 2);
      await rollBack(harness, first);
      for (let day = 0; day < 3; day += 1) {
        harness.wait(86_400);
        await harness.settle();
      }
      expect(await requireEveryArchive(harness)).toBe(1);
      const left = revisionKey(harness.repository, second, "index.json");
      expect(await env.BUCKET.head(left)).not.toBeNull();
      await act(harness, { kind: "let-go" });
      harness.wait(600);
      await harness.settle();
      expect((await harness.head()).revision).toBe(second);
      expect(await env.BUCKET.head(revisionKey(harness.repository, first, "index.json"))).not.toBeNull();
    });
  });

  test("stays there when its ledger is lost, and still knows what it had published before", async () => {
    const repository = "rolled-back-and-lost";
    let first = "";
    await withKeeper(
      async (harness) => {
        first = await mirror(harness, 1);
        await mirror(harness, 3);
        await rollBack(harness, first);
        await harness.settle();
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 1, "beta"); // alpha is gone upstream
        await harness.settle();
        expect(await versionsOf(harness)).toEqual(["alpha 1.0.0"]);
        expect(statusOf(harness).pinned).toMatchObject({ revision: first });
        await act(harness, { kind: "let-go" });
        await harness.settle();
        expect(await versionsOf(harness)).toEqual([
          "alpha 3.0.0",
          "alpha 2.0.0",
          "alpha 1.0.0",
          "beta 1.0.0",
        ]);
        const [current] = (await historyOf(harness)).revisions;
        expect(current?.added.count).toBe(3);
        expect(await requireEveryArchive(harness)).toBe(4);
      },
      { repository },
    );
  });

  test("says the number of withdrawals of its revision for as long as it is held, so that readers look through it", async () => {
    await withKeeper(async (harness) => {
      const { ledger, parts, repository } = harness;
      const first = await mirror(harness, 1);
      await mirror(harness, 2);
      const apply = async (...entries: Withdrawal[]): Promise<number> => {
        const { number } = await storeWithdrawals(...entries);
        tellWithdrawals(ledger, number, parts.now());
        await harness.settle();
        return number;
      };
      const withdrawn = withdrawalOf(repository, "alpha", "1.0.0");
      const before = await apply(withdrawn);
      expect(await harness.head()).toMatchObject({ withdrawals: before, versions: 1 });
      await rollBack(harness, first);
      await harness.settle();
      expect((await harness.head()).withdrawals ?? 0).toBeLessThan(before);
      await apply(); // reinstated, and withdrawn once more, while it is held
      await apply(withdrawn);
      expect(await harness.head()).toMatchObject({ revision: first, pinned: expect.any(String) });
      expect((await harness.head()).withdrawals ?? 0).toBeLessThan(before);
      await act(harness, { kind: "let-go" });
      await harness.settle();
      expect(await versionsOf(harness)).toEqual(["alpha 2.0.0"]);
      expect((await harness.head()).withdrawals).toBeGreaterThan(before);
      const last = await apply();
      expect(await versionsOf(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
      expect((await harness.head()).withdrawals).toBe(last);
    });
  });

  test("is not held where its documents were collected in the very moment", async () => {
    await withKeeper(async (harness) => {
      const { ledger, parts, repository } = harness;
      const first = await mirror(harness, 1);
      const second = await mirror(harness, 2);
      expect(await rollBack(harness, first)).toMatchObject({ kind: "done" });
      await new RevisionStore(parts.bucket, parts.kv, repository).remove(first);
      await harness.settle();
      expect((await harness.head()).revision).toBe(second);
      expect(statusOf(harness).pinned).toBeNull();
      expect(harness.events).toContainEqual(
        expect.objectContaining({ event: "rollback-failed", revision: first }),
      );
      expect(await requireEveryArchive(harness)).toBe(2);
      expect(nextDue(ledger, parts.config, parts.now())).toBeGreaterThan(parts.now());
    });
  });

  test("can be held at the revision that is current, and let go without another publication", async () => {
    await withKeeper(async (harness) => {
      const only = await mirror(harness, 1);
      await rollBack(harness, only);
      await harness.settle();
      expect(await harness.head()).toMatchObject({ revision: only, pinned: expect.any(String) });
      await act(harness, { kind: "let-go" });
      await harness.settle();
      expect((await harness.head()).pinned).toBeUndefined();
      expect((await historyOf(harness)).revisions).toHaveLength(1);
    });
  });

  test("and that lists the very same when it is let go says so: its history holds it no more", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      await mirror(harness, 2);
      await rollBack(harness, first);
      await harness.settle();
      const { ledger, parts, repository } = harness;
      const [held] = (await historyOf(harness)).revisions;
      expect(held).toMatchObject({ revision: first, pinned: expect.any(String) });
      const { number } = await storeWithdrawals(withdrawalOf(repository, "alpha", "2.0.0"));
      tellWithdrawals(ledger, number, parts.now());
      harness.wait(60);
      await harness.settle();
      await act(harness, { kind: "let-go" });
      await harness.settle();
      const head = await harness.head();
      expect([head.revision, head.pinned]).toEqual([first, undefined]);
      const [current, ...before] = (await historyOf(harness)).revisions;
      const { pinned: _, ...same } = held ?? {};
      expect(current).toEqual({ ...same, withdrawals: number });
      expect(before).toHaveLength(2);
    });
  });

  test("is not moved over what another Keeper published meanwhile without taking that over", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      await mirror(harness, 2);
      await withKeeper(async (other) => void (await mirror(other, 4)), { repository: harness.repository });
      await rollBack(harness, first);
      await harness.unit();
      expect((await harness.head()).revision).not.toBe(first); // lost the race: adopts first
      await harness.settle();
      expect((await harness.head()).revision).toBe(first);
      await act(harness, { kind: "let-go" });
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(4);
    });
  });

  test.each([
    ["writes the history last", (harness: Harness) => harness.settle()],
    ["has died before it could remember that it published", dieBehindHead],
  ])("lists in the end what it listed before, though a Keeper that is behind %s", async (_, publish) => {
    await withKeeper(async (behind) => {
      await publishUpstream(behind, 1);
      await publish(behind);
      behind.ledger.remember("history-due", behind.parts.now());
      const { revision } = await behind.head();
      let before: Awaited<ReturnType<typeof digestsOf>>;
      await withKeeper(
        async (harness) => {
          await mirror(harness, 2);
          before = await digestsOf(harness);
          await rollBack(harness, revision);
          await harness.settle();
        },
        { repository: behind.repository },
      );
      await behind.unit();
      const digest = await behind.upstream.archive("alpha-2.0.0.tgz", "re-released");
      behind.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "2.0.0", digest }]));
      behind.wait(600);
      await behind.settle();
      await act(behind, { kind: "let-go" });
      await behind.settle();
      expect(before).toHaveLength(2);
      expect(await digestsOf(behind)).toEqual(before);
    });
  });

  test("is moved by the next unit where one died behind the head", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      await mirror(harness, 2);
      await rollBack(harness, first);
      await dieBehindHead(harness);
      await harness.settle();
      expect((await harness.head()).revision).toBe(first);
      expect((await historyOf(harness)).revisions[0]).toMatchObject({
        revision: first,
        hidden: { count: 1 },
      });
    });
  });
});

describe("a rollback is refused", () => {
  test("to a revision that the history does not have, which says what there is", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      const unknown = await rollBack(harness, "0a".repeat(16));
      expect(unknown).toMatchObject({ kind: "refused", code: "unknown-revision" });
      expect(unknown.message).toContain(first);
      await harness.settle();
      expect(statusOf(harness).pinned).toBeNull();
    });
  });

  test("to a revision of which a document is missing", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      await mirror(harness, 2);
      await env.BUCKET.delete(revisionKey(harness.repository, first, "newest.txt"));
      expect(await rollBack(harness, first)).toMatchObject({ kind: "refused", code: "unknown-revision" });
    });
  });

  test("as is letting go of what is not held", async () => {
    await withKeeper(async (harness) => {
      await mirror(harness, 1);
      expect(await act(harness, { kind: "let-go" })).toMatchObject({ kind: "refused", code: "not-pinned" });
    });
  });
});
