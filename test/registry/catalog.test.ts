import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { repositoriesAfter } from "../../src/registry/serve-catalog.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";
import { errorCode, registryUnderTest } from "../support/registry-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { failing } from "../support/watched-stores.ts";

/** More than a page looks into, with names that sort in another way without a slash behind them. */
const names = ["a", "a-b", "a.b", "ab", ...Array.from({ length: 20 }, (_, at) => `more-${at}`)];
const charts = {
  alpha: { versions: ["1.0.0"] },
  beta: { versions: ["1.0.0"] },
  Odd: { versions: ["1.0.0"] },
};
for (const name of names) await storeRepository({ kv: env.KV, bucket: env.BUCKET }, name, charts);
/** Its own charts come before and behind those of all repositories. */
await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "zoo", { alpha: charts.alpha, zulu: charts.beta });

const repositories = Object.fromEntries(
  [...names, "unpublished", "zoo"].map((name) => [name, repositoryConfig()]),
);
const plain = { repositories };
const rooted = { repositories, root: "zoo" };
const below = [
  ...names.flatMap((name) => [`${name}/alpha`, `${name}/beta`]),
  "zoo/alpha",
  "zoo/zulu",
].toSorted();

/** Follows the links. */
async function walk(
  config: typeof plain,
  n: number | undefined,
): Promise<{ names: string[]; pages: number }> {
  const registry = registryUnderTest({ config });
  const seen: string[] = [];
  let path: string | undefined = `_catalog${n === undefined ? "" : `?n=${n}`}`;
  for (let pages = 0; ; pages += 1) {
    if (path === undefined) return { names: seen, pages };
    const response: Response = await registry.request(path);
    const { repositories: listed }: { repositories: string[] } = await response.json();
    if (n !== undefined) expect(listed.length).toBeLessThanOrEqual(n);
    seen.push(...listed);
    path = /^<\/v2\/([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
  }
}

describe("the catalogue, followed to its end,", () => {
  test.for([1, 3, 7, 1000, undefined])("has every chart once and in order, %s a page", async (n) => {
    expect((await walk(plain, n)).names).toEqual(below);
    expect((await walk(rooted, n)).names).toEqual(["alpha", "zulu", ...below].toSorted());
  });

  test("looks into so many repositories for a page", async () => {
    expect((await walk(plain, 1000)).pages).toBe(2);
  });
});

test("the catalogue is kept like an index, until one of its repositories is published anew", async () => {
  const { headers } = await registryUnderTest({
    config: { repositories: { a: repositoryConfig(), ab: repositoryConfig() } },
  }).request("_catalog");
  expect(headers.get("cache-tag")).toBe("repository-a,repository-ab");
  expect(headers.get("cache-control")).toContain("max-age=60");
});

test("an empty page ends the catalogue, and what is no number is refused", async () => {
  const registry = registryUnderTest({ config: plain });
  const none = await registry.request("_catalog?n=0");
  expect(none.headers.get("link")).toBeNull();
  expect(await none.json()).toEqual({ repositories: [] });
  expect(await errorCode(await registry.request("_catalog?n=x"))).toBe("UNSUPPORTED");
});

test("the catalogue is a failure while storage fails: half of it would look whole", async () => {
  const broken = registryUnderTest({ config: plain, kv: failing(env.KV), bucket: failing(env.BUCKET) });
  expect((await broken.request("_catalog")).status).toBe(503);
});

test("a page begins behind the entry that it is asked for, in the middle of a repository too", () => {
  expect(repositoriesAfter(["ab", "a", "a-b"], "a-b/alpha")).toEqual({ here: ["a-b", "a", "ab"] });
  expect(repositoriesAfter(["ab", "a", "a-b"], "a/~")).toEqual({ here: ["a", "ab"] });
  expect(repositoriesAfter(["ab", "a"], "zzz")).toEqual({ here: [] });
});
