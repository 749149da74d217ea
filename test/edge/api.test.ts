import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { all, newRevision, newest, newestTwo, before, storeTwoRevisions } from "../support/two-revisions.ts";
import { failing } from "../support/watched-stores.ts";

const config = {
  root: "stable",
  repositories: { stable: repositoryConfig(), empty: repositoryConfig(), plain: repositoryConfig() },
};
const { current } = await storeTwoRevisions("stable");
await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "plain", {
  beta: { versions: ["1.0.0-rc.2", "1.0.0-rc.1"] },
});
const edge = edgeUnderTest({ config });

type Entry = { name: string; version: string };

async function charts(path: string): Promise<Record<string, string[]>> {
  const response = await edge.request(path);
  expect({ path, status: response.status }).toEqual({ path, status: 200 });
  expect(response.headers.get("content-type")).toBe("application/json");
  const entries: Record<string, Entry[]> = await response.json();
  return Object.fromEntries(
    Object.entries(entries).map(([chart, list]) => [chart, list.map(({ version }) => version)]),
  );
}

const { "10": ten, alpha, constructor: third, žluť } = all;

describe("ChartMuseum's list of charts", () => {
  test.for<[string, Record<string, string[]>]>([
    ["/api/stable/charts", all],
    ["/api/charts", all],
    ["/api/stable/charts?offset=0", all],
    ["/api/stable/charts?limit=1", { "10": ten }],
    ["/api/stable/charts?offset=1&limit=2", { alpha, constructor: third }],
    ["/api/stable/charts?offset=3", { žluť }],
    ["/api/stable/charts?offset=2&limit=100", { constructor: third, žluť }],
    ["/api/stable/charts?offset=4", {}],
    ["/api/stable/charts?offset=999999999&limit=999999999", {}],
    ["/api/stable@latest/charts", newest],
    ["/api/stable@latest-2/charts", newestTwo],
    ["/api/@latest/charts?offset=1&limit=1", { alpha: newest.alpha }],
    ["/api/stable@2026-11-02/charts", before],
    [`/api/stable@${newRevision}/charts?limit=1`, { "10": ten }],
  ])("%s holds what it should", async ([path, expected]) => {
    expect(await charts(path)).toEqual(expected);
  });

  test("holds exactly what stands in the index", async () => {
    const index: { entries: unknown } = JSON.parse(current.index);
    expect(await (await edge.request("/api/stable/charts")).json()).toEqual(index.entries);
  });

  test.for<[string, string]>([
    ["?offset=-1", "offset is not a valid non-negative integer"],
    ["?offset=x", "offset is not a valid non-negative integer"],
    ["?offset=", "offset is not a valid non-negative integer"],
    ["?offset=1.5&limit=1", "offset is not a valid non-negative integer"],
    ["?limit=0", "limit is not a valid positive integer"],
    ["?limit=-1", "limit is not a valid positive integer"],
    ["?limit=1e3", "limit is not a valid positive integer"],
    ["?limit=99999999999999999999", "limit is not a valid positive integer"],
  ])("%s is a 400 in ChartMuseum's words", async ([query, error]) => {
    const response = await edge.request(`/api/stable/charts${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error });
  });
});

describe("ChartMuseum's chart and version", () => {
  test("a chart is the list of its versions", async () => {
    const list: Entry[] = await (await edge.request("/api/stable/charts/alpha")).json();
    expect(list.map(({ version }) => version)).toEqual(alpha);
    const root: Entry[] = await (await edge.request("/api/@latest/charts/alpha")).json();
    expect(root.map(({ version }) => version)).toEqual(newest.alpha);
  });

  test.for<[string, string]>([
    ["/api/stable/charts/alpha/1.1.0", "1.1.0"],
    ["/api/charts/alpha/1.1.0", "1.1.0"],
    ["/api/stable/charts/alpha/0.9.0+up1", "0.9.0+up1"],
    ["/api/stable/charts/alpha/0.9.0%2Bup1", "0.9.0+up1"],
    ["/api/stable/charts/alpha/latest", "1.1.0"],
    ["/api/plain/charts/beta/latest", "1.0.0-rc.2"],
    ["/api/stable@2026-11-02/charts/alpha/latest", "1.0.0"],
    ["/api/stable@latest/charts/alpha/1.1.0", "1.1.0"],
  ])("%s is the entry of %s", async ([path, version]) => {
    const response = await edge.request(path);
    const entry: Entry & { urls: string[] } = await response.json();
    expect(entry).toMatchObject({ version });
    const repository = path.includes("plain") ? "plain" : "stable";
    expect((await edge.request(`/${repository}/${entry.urls[0]}`, { method: "HEAD" })).status).toBe(200);
  });

  test.for<[string, RegExp]>([
    ["/api/stable/charts/nothing", /no chart "nothing"/],
    ["/api/stable/charts/__proto__", /no chart "__proto__"/],
    ["/api/stable/charts/nothing/1.0.0", /no chart "nothing"/],
    ["/api/stable/charts/alpha/9.9.9", /no version "9\.9\.9"\. Its newest versions: "2\.0\.0-rc\.2"/],
    ["/api/stable@latest/charts/alpha/1.0.0", /no version/],
    ["/api/stable@2026-10-01/charts", /history\.json/],
    ["/api/stable@newest/charts", /no view/],
    ["/api/nobody/charts", /no repository "nobody"/],
    ["/api/stable/other", /nothing at this path/],
  ])("%s is a 404 with an error in ChartMuseum's form", async ([path, error]) => {
    const response = await edge.request(path, { headers: { Accept: "text/html" } });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ error: expect.stringMatching(error) });
  });

  test("fails in that form too", async () => {
    // Charts are pushed with POST, and the plugin for it prints the error.
    const pushed = await edge.request("/api/stable/charts", { method: "POST", body: "x" });
    expect([pushed.status, await pushed.json()]).toEqual([405, { error: expect.stringMatching(/read/) }]);
    expect(pushed.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    const unpublished = await edge.request("/api/empty/charts");
    expect([unpublished.status, await unpublished.json()]).toEqual([503, { error: expect.any(String) }]);
    const broken = edgeUnderTest({ config, kv: failing(env.KV), bucket: failing(env.BUCKET) });
    const failed = await broken.request("/api/stable/charts");
    expect([failed.status, await failed.json()]).toEqual([503, { error: expect.any(String) }]);
    const malformed = await edge.request("/api/stable/%");
    expect([malformed.status, await malformed.json()]).toEqual([400, { error: expect.any(String) }]);
  });
});

test.for([
  "/api/stable/charts",
  "/api/stable/charts?offset=1&limit=1",
  "/api/stable@latest/charts",
  "/api/stable/charts/alpha",
  "/api/stable@latest/charts/alpha",
  "/api/stable/charts/alpha/1.0.0",
])("%s answers HEAD like GET, with a length that is right, and 304 to who has it", async (path) => {
  const get = await edge.request(path);
  const head = await edge.request(path, { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  const bytes = await get.bytes();
  const length = get.headers.get("content-length");
  expect(length).toBe(path.includes("@latest") ? null : String(bytes.byteLength));
  expect(get.headers.get("chartkeep-revision")).toBe(newRevision);
  const etag = get.headers.get("etag") ?? "";
  const again = await edge.request(path, { headers: { "If-None-Match": etag } });
  expect([again.status, again.headers.get("etag")]).toEqual([304, etag]);
});

test("/health is as ChartMuseum's, unless a repository is called that", async () => {
  expect(await (await edge.request("/health")).json()).toEqual({ healthy: true });
  const named = edgeUnderTest({ config: { repositories: { health: repositoryConfig() } } });
  expect((await named.request("/health")).status).toBe(308);
});
