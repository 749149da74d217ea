import { describe, expect, test } from "vitest";
import { planBudgets } from "../../src/config/plans.ts";
import { headKey } from "../../src/storage/keys.ts";
import { SmallMirror, publish } from "../support/merged-harness.ts";
import { type Harness, publishUpstream, withKeeper } from "../support/keeper-harness.ts";
import { historyOf } from "../support/published-documents.ts";
import { live, withRegistry } from "../support/registry-harness.ts";

/** Counts how often KV is brought in step. */
function countHeads({ parts, repository }: Harness): { heads: number } {
  const counted = { heads: 0 };
  const { kv } = parts;
  parts.kv = {
    delete: (key) => kv.delete(key),
    put: async (key: string, value: string | ArrayBuffer) => {
      if (key === headKey(repository)) counted.heads += 1;
      await kv.put(key, value);
    },
  };
  return counted;
}

const oneArchive = { config: { budget: { entries: 1000, archives: 1, subrequests: 1000 } } };

describe("a first fill", () => {
  test("ends with a history, though the last archives cannot be had", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      harness.upstream.files.delete("alpha-1.0.0.tgz");
      await harness.settle();
      const { revision } = await harness.head();
      const { revisions } = await historyOf(harness);
      expect(revisions).toMatchObject([{ revision, added: { count: 2 } }]);
      harness.wait(600);
      await publishUpstream(harness, 4);
      await harness.settle();
      expect((await historyOf(harness)).revisions[1]).toMatchObject({ revision, added: { count: 2 } });
    }, oneArchive);
  });

  test("ends while copying pauses for long, too", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      const headers = { "retry-after": "3600" };
      harness.upstream.files.set("alpha-1.0.0.tgz", () => new Response(null, { status: 429, headers }));
      await harness.settle();
      expect((await historyOf(harness)).revisions).toMatchObject([{ added: { count: 2 } }]);
    }, oneArchive);
  });

  test("from a registry on the free plan is one entry of the history, and writes to KV once a minute", async () => {
    await withRegistry(
      {},
      async (harness, registry) => {
        for (let minor = 0; minor < 100; minor += 1) await registry.push("alpha", `1.${minor}.0`, `${minor}`);
        const counted = countHeads(harness);
        const units = await live(harness, 300);
        expect(units).toBeGreaterThan(8);
        expect((await harness.head()).versions).toBe(100);
        expect((await historyOf(harness)).revisions).toMatchObject([{ added: { count: 100 } }]);
        expect(counted.heads).toBe(1);
      },
      planBudgets.free,
    );
  });

  test("is no unit that takes longer than the interval: KV is in step at its end", async () => {
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 1);
        await harness.settle();
        await publishUpstream(harness, 2);
        const archive = harness.upstream.files.get("alpha-2.0.0.tgz");
        if (!(archive instanceof Uint8Array)) throw new Error("not published");
        harness.upstream.files.set("alpha-2.0.0.tgz", () => {
          harness.wait(5);
          return new Response(archive);
        });
        const counted = countHeads(harness);
        harness.wait(5);
        await harness.unit();
        expect((await harness.head()).versions).toBe(2);
        expect(counted.heads).toBe(1);
      },
      { config: { interval: 1 } },
    );
  });

  test("of a member is one entry of the history of what it is merged into, too", async () => {
    const mirror = new SmallMirror();
    const budget = { entries: 1000, archives: 2, subrequests: 1000 };
    const a = mirror.add("a", { budget });
    mirror.merge("alias", ["a"]);
    await publish(
      a,
      Array.from({ length: 10 }, (_, minor): [string, string] => ["alpha", `1.${minor}.0`]),
    );
    for (let unit = 0; unit < 5; unit += 1) {
      await mirror.on("a", (harness) => harness.unit());
      await mirror.settle("alias");
      mirror.wait(5);
    }
    mirror.wait(600);
    await mirror.settle("a", "alias");
    const { revisions } = await historyOf({ repository: mirror.nameOf("alias") });
    expect(revisions).toMatchObject([{ versions: 10, added: { count: 10 } }]);
  });
});
