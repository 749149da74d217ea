import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { RepositoryConfig } from "../../src/config/config.ts";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import { releaseEarly } from "../../src/keeper/release-early.ts";
import { archiveKey } from "../../src/storage/keys.ts";
import {
  type Harness,
  type IndexedVersion,
  indexOf,
  repositoryConfig,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

const day = 86_400;
const other = "https://other.example.com/charts";

const policies = (also: Partial<Policies>): Partial<RepositoryConfig> => ({
  policies: { ...defaultPolicies, ...also },
});

function setPolicies(harness: Harness, also: Partial<Policies>): void {
  harness.parts.config = { ...harness.parts.config, ...policies(also) };
}

/** The upstream has these and no others; each archive's content is its version and what stands behind the `@`. */
async function publish(
  harness: Harness,
  names: string[],
  { below = "", created }: { below?: string; created?: string } = {},
): Promise<void> {
  const entries = names.map(async (name): Promise<IndexedVersion> => {
    const [, chart = "", version = "", content = ""] = /^(.*) ([^@]*)@?(.*)$/.exec(name) ?? [];
    const url = `${below}${chart}-${version}${content}.tgz`;
    const digest = await harness.upstream.archive(url, name);
    return { chart, version, digest, url, ...(created === undefined ? {} : { created }) };
  });
  harness.upstream.put(`${below}index.yaml`, indexOf(await Promise.all(entries)));
}

async function check(harness: Harness, seconds = 600): Promise<void> {
  harness.wait(seconds);
  await harness.settle();
}

/** What the archives of the published index have in them, in its order. */
async function listed(harness: Harness): Promise<string[]> {
  await requireEveryArchive(harness);
  const entries = Object.values((await harness.index()).entries).flat();
  return await Promise.all(entries.map(async ({ digest }) => await contentOf(digest)));
}

async function contentOf(digest: string): Promise<string> {
  const archive = await env.BUCKET.get(archiveKey(digest));
  return (await archive?.text())?.replace(/^[^a-z]*/, "") ?? "nothing";
}

/** Archives that were asked for, without what is asked for beside them. */
const copied = ({ upstream }: Harness): string[] => upstream.requests.filter((path) => path.endsWith(".tgz"));

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

describe("`include` and `exclude`", () => {
  const names = ["alpha 2.0.0", "alpha 1.1.0", "alpha 1.0.0", "beta 1.0.0", "web-api 1.0.0", "web-ui v2"];
  type Row = [promise: string, policies: Partial<Policies>, listed: string[]];

  test.each<Row>([
    ["a name", { include: [{ chart: "beta" }] }, ["beta 1.0.0"]],
    ["a pattern of names", { include: [{ chart: "web-*" }] }, ["web-api 1.0.0", "web-ui v2"]],
    [
      "a range of versions",
      { include: [{ chart: "alpha", versions: "1.x" }] },
      ["alpha 1.1.0", "alpha 1.0.0"],
    ],
    [
      "a version that only Helm takes for one",
      { include: [{ chart: "*", versions: ">=2" }] },
      ["alpha 2.0.0", "web-ui v2"],
    ],
    [
      "what `exclude` leaves of it",
      { include: [{ chart: "*a*" }], exclude: [{ chart: "alpha", versions: ">1.0.0" }, { chart: "web-*" }] },
      ["alpha 1.0.0", "beta 1.0.0"],
    ],
  ])("mirror %s, and copy nothing else", async (_promise, also, expected) => {
    await withKeeper(
      async (harness) => {
        await publish(harness, names);
        await check(harness);
        expect(await listed(harness)).toEqual(expected);
        expect(copied(harness)).toHaveLength(expected.length);
        const { pending, skipped } = statusOf(harness).versions;
        expect({ pending, skipped }).toEqual({ pending: 0, skipped: names.length - expected.length });
        await publish(harness, [...names, "zulu 1.0.0"]); // later, too
        await check(harness);
        expect(copied(harness)).toHaveLength(expected.length);
      },
      { config: policies(also) },
    );
  });

  test("take effect when they change: what is left out leaves the index, its archive stays; what is let in is copied", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, names);
        await check(harness);
        const exclude = [{ chart: "alpha", versions: "<2.0.0" }, { chart: "beta" }, { chart: "web-*" }];
        setPolicies(harness, { exclude });
        await harness.settle();
        expect(await listed(harness)).toEqual(["alpha 2.0.0"]);
        expect(statusOf(harness).versions).toMatchObject({ stored: 3, skipped: 5 });
        setPolicies(harness, {});
        await harness.settle();
        expect(await listed(harness)).toEqual([
          "alpha 2.0.0",
          "alpha 1.1.0",
          "alpha 1.0.0",
          ...names.slice(3),
        ]);
        expect(copied(harness)).toHaveLength(names.length);
      },
      { config: policies({ include: [{ chart: "alpha" }] }) },
    );
  });

  test("may leave everything out, which is no outage", async () => {
    await withKeeper(async (harness) => {
      await publish(harness, names);
      await check(harness);
      setPolicies(harness, { include: [{ chart: "nothing" }] });
      await check(harness);
      expect(await listed(harness)).toEqual([]);
      expect(statusOf(harness).sources[0]?.state).toBe("ok");
    });
  });
});

describe("`keepNewest`", () => {
  const two = policies({ keepNewest: 2 });

  test("copies and lists so many, and lets an older one go when a newer one is listed, not before", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "beta 1.0.0"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 3.0.0", "alpha 2.0.0", "beta 1.0.0"]);
        expect(copied(harness)).toHaveLength(3);
        const newer = ["alpha 4.0.0", "alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "beta 1.0.0"];
        await publish(harness, newer);
        harness.upstream.files.delete("alpha-4.0.0.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 3.0.0", "alpha 2.0.0", "beta 1.0.0"]);
        await publish(harness, newer);
        await check(harness, 2 * day);
        expect(await listed(harness)).toEqual(["alpha 4.0.0", "alpha 3.0.0", "beta 1.0.0"]);
        expect(statusOf(harness).versions).toMatchObject({ stored: 4, skipped: 2, hidden: 0 });
      },
      { config: two },
    );
  });

  test("takes the next one where the newest cannot be copied, or waits for its age", async () => {
    await withKeeper(
      async (harness) => {
        const created = "2020-01-01T00:00:00Z";
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "alpha 0.1.0"], { created });
        harness.upstream.files.delete("alpha-3.0.0.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
        const newer = ["alpha 4.0.0", "alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "alpha 0.1.0"];
        await publish(harness, newer, { created });
        harness.upstream.files.delete("alpha-3.0.0.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
        await check(harness, day);
        expect(await listed(harness)).toEqual(["alpha 4.0.0", "alpha 2.0.0"]);
      },
      { config: policies({ keepNewest: 2, minimumAge: day }) },
    );
  });

  test("takes the next one where none of the newest can be copied", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0"]);
        for (const version of ["3.0.0", "2.0.0"]) harness.upstream.files.delete(`alpha-${version}.tgz`);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
      },
      { config: two },
    );
  });

  test("is bounded by the budget like everything else, and copies nothing that is not judged yet", async () => {
    await withKeeper(
      async (harness) => {
        const names = Array.from({ length: 40 }, (_, at) => [
          `c${at + 10} 2.0.0`,
          `c${at + 10} 1.0.0`,
        ]).flat();
        await publish(harness, names);
        await check(harness);
        expect(await listed(harness)).toHaveLength(40);
        expect(copied(harness)).toHaveLength(40);
      },
      {
        config: { ...policies({ keepNewest: 1 }), budget: { entries: 3, archives: 1000, subrequests: 1000 } },
      },
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
