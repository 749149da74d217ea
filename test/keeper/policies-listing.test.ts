import { describe, expect, test } from "vitest";
import { releaseEarly } from "../../src/keeper/release-early.ts";
import { type Harness, indexOf, repositoryConfig, statusOf, withKeeper } from "../support/keeper-harness.ts";
import { day, other, policies, publish, check, listed } from "../support/listed-by-policies.ts";

describe("`change`", () => {
  const again = async (harness: Harness) => {
    await publish(harness, ["alpha 1.0.0"]);
    await check(harness);
    await publish(harness, ["alpha 1.0.0@b"]);
    await check(harness);
  };

  test("pin lists the first digest for good, also where the version was hidden in between", async () => {
    await withKeeper(
      async (harness) => {
        await again(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
        await publish(harness, ["alpha 2.0.0"]);
        await check(harness);
        await check(harness, day);
        expect(await listed(harness)).toEqual(["alpha 2.0.0"]);
        await publish(harness, ["alpha 2.0.0", "alpha 1.0.0@c"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
      },
      { config: policies({ removal: "hide" }) },
    );
  });

  test("follow lists the newer digest once it is stored, and the former one if the source goes back to it", async () => {
    await withKeeper(
      async (harness) => {
        await again(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0@b"]);
        expect(statusOf(harness).problems[0]).toMatchObject({
          code: "re-released",
          message: expect.stringMatching(/which is listed$/),
        });
        await publish(harness, ["alpha 1.0.0@c"]);
        harness.upstream.files.delete("alpha-1.0.0c.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0@b"]);
        await publish(harness, ["alpha 1.0.0"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
        await publish(harness, []);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
      },
      { config: policies({ change: "follow" }) },
    );
  });

  test("follow lists what the most preferred source shows, and the next one's when it shows none", async () => {
    const [source] = repositoryConfig.sources;
    if (source?.kind !== "http") throw new Error("no source");
    const sources = [source, { ...source, url: other }];
    await withKeeper(
      async (harness) => {
        const below = `${other}/`;
        await publish(harness, ["alpha 1.0.0", "beta 1.0.0"]);
        await publish(harness, ["alpha 1.0.0@b"], { below });
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0", "beta 1.0.0"]);
        await publish(harness, ["beta 1.0.0"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0@b", "beta 1.0.0"]);
        await publish(harness, ["alpha 1.0.0@c", "beta 1.0.0"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0@c", "beta 1.0.0"]);
        harness.parts.config = { ...harness.parts.config, sources: sources.toReversed() };
        await harness.settle();
        expect(await listed(harness)).toEqual(["alpha 1.0.0@b", "beta 1.0.0"]);
      },
      { config: { ...policies({ change: "follow" }), sources } },
    );
  });
});

describe("`minimumAge`", () => {
  const aWeek = policies({ minimumAge: 7 * day });
  const long = { created: "2020-01-01T00:00:00Z" };

  test("lists what is new when it is old enough, whatever date it bears, and what was there from the first", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 1.0.0"], long);
        await check(harness);
        await publish(harness, ["alpha 2.0.0", "alpha 1.0.0"], long);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
        const { count, versions } = statusOf(harness).waiting;
        expect({ count, versions }).toMatchObject({
          count: 1,
          versions: [
            { version: "2.0.0", listableAt: new Date(harness.parts.now() + 7 * day * 1000).toISOString() },
          ],
        });
        await check(harness, 7 * day - 1);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
        await check(harness, 1);
        expect(await listed(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
        expect(statusOf(harness).waiting.count).toBe(0);
      },
      { config: aWeek },
    );
  });

  test("of a first read that takes several units is that of the publisher, too", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0"], long);
        await check(harness);
        expect(await listed(harness)).toHaveLength(3);
      },
      { config: { ...aWeek, budget: { entries: 2, archives: 1, subrequests: 100 } } },
    );
  });

  test("is not waited for where the operator releases a version early: it, and no later bytes of it", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 1.0.0"]);
        await check(harness);
        const early = (version: string) => releaseEarly(harness.ledger, "alpha", version);
        expect([early("9.0.0"), early("1.0.0"), early("1.0.0")]).toEqual([
          "unknown",
          "released",
          "not waiting",
        ]);
        await harness.settle();
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
        await publish(harness, ["alpha 1.0.0@b"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
        expect(statusOf(harness).waiting.count).toBe(1);
      },
      { config: { ...aWeek, ...policies({ minimumAge: 7 * day, change: "follow" }) } },
    );
  });

  test("is that of the bytes where an index tells no digest and the archive was not to be had before", async () => {
    await withKeeper(
      async (harness) => {
        harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0" }]));
        await check(harness);
        await check(harness, 8 * day);
        await harness.upstream.archive("alpha-1.0.0.tgz", "alpha 1.0.0");
        await check(harness, day);
        expect(statusOf(harness)).toMatchObject({ revision: null, waiting: { count: 1 } });
      },
      { config: aWeek },
    );
  });
});

test("a Keeper whose ledger is lost lists under the same policies what was listed before, and nothing early", async () => {
  const strict = {
    ...repositoryConfig,
    ...policies({ keepNewest: 2, minimumAge: 7 * day, removal: "hide" }),
  };
  const repository = "lost-ledger";
  const created = "2020-01-01T00:00:00Z";
  let files = new Map<string, Uint8Array | ((request: RequestInit) => Response | Promise<Response>)>();
  let text = "";
  await withKeeper(
    async (harness) => {
      await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0"], { created });
      await check(harness);
      await publish(harness, ["alpha 4.0.0", "alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0"], { created });
      await check(harness);
      text = await harness.indexText();
      files = harness.upstream.files;
    },
    { config: strict, repository },
  );
  await withKeeper(
    async (harness) => {
      for (const [path, file] of files) harness.upstream.files.set(path, file);
      await check(harness, day);
      await check(harness, 2 * day);
      expect(await harness.indexText()).toBe(text);
      expect(statusOf(harness)).toMatchObject({ withheld: null, waiting: { count: 1 } });
      await check(harness, 7 * day);
      expect(await listed(harness)).toEqual(["alpha 4.0.0", "alpha 3.0.0"]);
    },
    { config: strict, repository },
  );
});
