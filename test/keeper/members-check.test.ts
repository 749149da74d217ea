import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { headKey, revisionKey } from "../../src/storage/keys.ts";
import { SmallMirror, listed, publish, statusIn, textOf, twoAndAll } from "../support/merged-harness.ts";
import { storeRepository } from "../support/stored-repository.ts";

const readHead = async (key: string): Promise<object> => (await (await env.BUCKET.get(key))?.json()) ?? {};

describe("a check of a member", () => {
  test("that has not changed is one read, and writes the status alone", async () => {
    const mirror = new SmallMirror();
    const a = mirror.add("a");
    mirror.merge("alias", ["a"]);
    await publish(a, [["alpha", "1.0.0"]]);
    await mirror.settle("a", "alias");
    const operations: string[] = [];
    mirror.prepare = ({ parts }) => {
      const { bucket } = parts;
      parts.bucket = new Proxy(bucket, {
        get:
          (target, method: keyof typeof bucket) =>
          (key: string, ...rest: unknown[]) => {
            operations.push(`${method} ${key}`);
            return Reflect.apply(target[method], target, [key, ...rest]);
          },
      });
    };
    mirror.wait(600);
    await mirror.settle("alias");
    expect(operations).toEqual([
      `get ${headKey(mirror.nameOf("a"))}`,
      `put repositories/${mirror.nameOf("alias")}/status`,
    ]);
  });

  test("comes as soon as it has published, and at the interval where nobody told", async () => {
    const mirror = new SmallMirror();
    const a = mirror.add("a");
    mirror.merge("alias", ["a"]);
    await publish(a, [["alpha", "1.0.0"]]);
    await mirror.settle("a", "alias");
    await publish(a, [["alpha", "2.0.0"]]);
    mirror.wait(601); // of the two, only `a` is asked below
    await mirror.on("alias", (harness) => harness.unit());
    await mirror.settle("a");
    await mirror.settle("alias");
    expect(await listed(mirror, "alias")).toHaveLength(2);
    mirror.announces = false;
    await publish(a, [["alpha", "3.0.0"]]);
    mirror.wait(601);
    await mirror.on("alias", (harness) => harness.unit());
    await mirror.settle("a");
    await mirror.settle("alias");
    expect(await listed(mirror, "alias")).toHaveLength(2);
    mirror.wait(600);
    await mirror.settle("alias");
    expect(await listed(mirror, "alias")).toHaveLength(3);
  });

  test("hears of what is published in its midst", async () => {
    const mirror = new SmallMirror();
    mirror.merge("alias", ["a"]);
    const member = mirror.nameOf("a");
    const stores = { kv: env.KV, bucket: env.BUCKET };
    await storeRepository(stores, member, { alpha: { versions: ["1.0.0"] } }, "1");
    let isFirst = true;
    mirror.prepare = ({ parts }) => {
      const { bucket } = parts;
      parts.bucket = new Proxy(bucket, {
        get:
          (target, method: keyof typeof bucket) =>
          async (key: string, ...rest: unknown[]) => {
            const answer: unknown = await Reflect.apply(target[method], target, [key, ...rest]);
            if (key !== headKey(member) || !isFirst) return answer;
            isFirst = false;
            await storeRepository(stores, member, { alpha: { versions: ["2.0.0", "1.0.0"] } }, "2");
            await mirror.announce(member);
            return answer;
          },
      });
    };
    await mirror.settle("alias");
    expect(await listed(mirror, "alias")).toHaveLength(2);
  });

  test("that has never published is no outage, and keeps nobody waiting once it has nothing to come", async () => {
    const { mirror, b } = twoAndAll(); // the upstream of `a` answers 404
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b", "all");
    expect(await listed(mirror, "all")).toHaveLength(1);
    expect((await statusIn(mirror, "all")).sources).toMatchObject([
      { state: "unknown", error: null, consecutiveFailures: 0 },
      { state: "ok" },
    ]);
  });

  test.each<[what: string, spoil: (head: string, revision: string, member: string) => Promise<unknown>]>([
    ["whose head is gone", (head) => env.BUCKET.delete(head)],
    ["whose head is no head", (head) => env.BUCKET.put(head, "{}")],
    [
      "whose head leads nowhere",
      async (head, revision, member) => {
        await env.BUCKET.delete(revisionKey(member, revision, "index.json"));
        await env.BUCKET.put(head, JSON.stringify({ ...(await readHead(head)), publishedAt: "2026-01-02" }));
      },
    ],
  ])("%s is an outage of that member, and readers keep what is there", async (_what, spoil) => {
    const { mirror, a, b } = twoAndAll();
    await publish(a, [["alpha", "1.0.0"]]);
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b", "all");
    const before = await textOf(mirror, "all");
    const member = mirror.nameOf("a");
    const { revision } = await mirror.on("a", (harness) => harness.head());
    await spoil(headKey(member), revision, member);
    await mirror.on("all", ({ ledger, parts }) => {
      const [source] = parts.config.sources;
      if (source !== undefined) {
        ledger.sources.tookIn(ledger.sources.open(source, parts.config.limits).row.id, "another");
      }
      return Promise.resolve();
    });
    await publish(b, [["beta", "2.0.0"]]);
    mirror.wait(600);
    await mirror.settle("b", "all");
    expect((await statusIn(mirror, "all")).sources).toMatchObject([
      { state: "failing", error: { code: "unreadable" } },
      { state: "ok" },
    ]);
    const lines = await listed(mirror, "all");
    expect(lines).toHaveLength(3);
    for (const line of before.split("\n").filter((text) => text.includes('"digest"'))) {
      expect(await textOf(mirror, "all")).toContain(line.replace(/,$/, ""));
    }
  });
});
