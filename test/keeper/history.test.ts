import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { PastRevision } from "../../src/storage/history.ts";
import { historyKey, revisionKey } from "../../src/storage/keys.ts";
import { type Harness, publishUpstream, withKeeper } from "../support/keeper-harness.ts";
import { historyOf } from "../support/published-documents.ts";

/** Publishes so many versions upstream, and has them mirrored. @returns the revision */
async function mirror(harness: Harness, count: number, after = 600): Promise<string> {
  harness.wait(after);
  await publishUpstream(harness, count);
  await harness.settle();
  return (await harness.head()).revision;
}

const named = (...versions: string[]) => ({
  count: versions.length,
  versions: versions.map((version) => ({ chart: "alpha", version })),
});

describe("the history", () => {
  test("names each revision, when it was current, and what it added", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      const second = await mirror(harness, 3);
      const { revisions } = await historyOf(harness);
      const head = await harness.head();
      expect(revisions).toMatchObject([
        { revision: second, supersededAt: null, versions: 3, added: named("3.0.0", "2.0.0") },
        { revision: first, supersededAt: head.publishedAt, versions: 1, added: named("1.0.0") },
      ]);
      expect(revisions[0]).toMatchObject({ changed: named(), hidden: named(), bytes: head.bytes });
    });
  });

  test("counts what a first fill added in many steps as one, and leaves those steps out", async () => {
    const config = { budget: { entries: 1000, archives: 1, subrequests: 1000 } };
    await withKeeper(
      async (harness) => {
        await mirror(harness, 5);
        const { revisions } = await historyOf(harness);
        expect(revisions).toHaveLength(1);
        expect(revisions[0]?.added.count).toBe(5);
      },
      { config },
    );
  });

  test("names no more than fifty versions, and counts them all", async () => {
    await withKeeper(async (harness) => {
      await mirror(harness, 60);
      const [revision] = (await historyOf(harness)).revisions;
      expect(revision?.added.count).toBe(60);
      expect(revision?.added.versions).toHaveLength(50);
    });
  });

  test("forgets what is collected, and no sooner", async () => {
    await withKeeper(async (harness) => {
      const first = await mirror(harness, 1);
      const second = await mirror(harness, 2);
      const key = revisionKey(harness.repository, first, "index.json");
      await mirror(harness, 2, 86_000);
      expect((await historyOf(harness)).revisions.map(({ revision }) => revision)).toEqual([second, first]);
      expect(await env.BUCKET.head(key)).not.toBeNull();
      await mirror(harness, 2, 1200);
      expect((await historyOf(harness)).revisions.map(({ revision }) => revision)).toEqual([second]);
      expect(await env.BUCKET.head(key)).toBeNull();
    });
  });

  test("is written later where the store refuses it, and keeps nothing else waiting", async () => {
    await withKeeper(async (harness) => {
      const { bucket } = harness.parts;
      harness.parts.bucket = new Proxy(bucket, {
        get:
          (target, name: keyof typeof bucket) =>
          async (key: string, ...rest: unknown[]) => {
            if (name === "put" && key === historyKey(harness.repository)) throw new Error("R2 is down");
            return Reflect.apply(target[name], target, [key, ...rest]);
          },
      });
      await mirror(harness, 1);
      expect(await env.BUCKET.head(historyKey(harness.repository))).toBeNull();
      expect(harness.events).toContainEqual(expect.objectContaining({ event: "history-failed" }));
      harness.parts.bucket = bucket;
      harness.wait(60);
      await harness.settle();
      expect((await historyOf(harness)).revisions).toHaveLength(1);
    });
  });

  test("survives the loss of the ledger", async () => {
    const repository = "history-adopted";
    let before: PastRevision[] = [];
    await withKeeper(
      async (harness) => {
        await mirror(harness, 1);
        await mirror(harness, 2);
        before = (await historyOf(harness)).revisions;
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        harness.wait(7200);
        await mirror(harness, 3);
        const { revisions } = await historyOf(harness);
        expect(revisions).toHaveLength(3);
        expect(revisions[0]).toMatchObject({ versions: 3, added: named("3.0.0") });
        expect(revisions[2]).toEqual(before[1]);
      },
      { repository },
    );
  });

  test.each([
    ["no JSON", "{"],
    ["no history", "null"],
    ["a history without times", JSON.stringify({ revisions: [{ revision: "a", publishedAt: "" }] })],
    [
      "one whose times are none",
      JSON.stringify({
        revisions: [
          {
            revision: "a",
            publishedAt: "yesterday",
            supersededAt: "today",
            bytes: 1,
            gzipBytes: 1,
            charts: 1,
            versions: 1,
            added: named(),
            changed: named(),
            hidden: named(),
          },
        ],
      }),
    ],
  ])("that is %s keeps no Keeper that lost its ledger from going on", async (what, text) => {
    const repository = `history-${what.replaceAll(" ", "-")}`;
    await withKeeper(
      async (harness) => {
        await mirror(harness, 2);
        await env.BUCKET.put(historyKey(repository), text);
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        const revision = await mirror(harness, 3, 7200);
        const { revisions } = await historyOf(harness);
        expect(revisions.map(({ added }) => added.count)).toEqual([1, 0]);
        expect(revisions[0]).toMatchObject({ revision, supersededAt: null });
      },
      { repository },
    );
  });

  test("is no larger than a megabyte or so, whatever names an upstream gives its versions", async () => {
    await withKeeper(async (harness) => {
      const version = "1.0.0-".padEnd(190, "x");
      const versions = Array.from({ length: 50 }, (_, at) => ({
        chart: "c".repeat(250),
        version: `${version}${at}`,
      }));
      const changes = { added: { count: 50, versions }, changed: named(), hidden: named() };
      const size = { bytes: 1, gzipBytes: 1, latestBytes: 1, latestGzipBytes: 1, charts: 1, versions: 1 };
      for (let at = 0; at < 200; at += 1) {
        const head = { ...size, revision: String(at), publishedAt: new Date(at).toISOString() };
        harness.ledger.revisions.published({ head, at, interim: false, changes });
      }
      const history = harness.ledger.revisions.history();
      expect(history).toHaveLength(200);
      expect(JSON.stringify(history).length).toBeLessThan(2_000_000);
      expect(history[0]?.changes.added.versions).toHaveLength(50);
      expect(history[199]?.changes.added).toEqual({ count: 50, versions: [] });
    });
  });
});
