import { env } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { headKey, revisionKey, withdrawalsKey } from "../../src/storage/keys.ts";
import type { Withdrawal } from "../../src/storage/withdrawals.ts";
import { withdrawalsKept } from "../../src/storage/withdrawals-memo.ts";
import { edgeUnderTest, type EdgeOptions, repositoryConfig } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { newRevision, oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";
import { counting, failing, failingAt, hanging, type ReadLog } from "../support/watched-stores.ts";
import { storeWithdrawals, withdrawalOf } from "../support/withdrawing.ts";

const files = repositoryConfig();
const config = { root: "stable", repositories: { stable: files, after: files, other: files } };
const { current } = await storeTwoRevisions("stable");
const stores = { kv: env.KV, bucket: env.BUCKET };
const digestOf = (chart: string, version: string): string =>
  current.charts[chart]?.find((one) => one.version === version)?.digest ?? "";
const pathOf = (chart: string, version: string): string =>
  `charts/${digestOf(chart, version)}/${chart}-${version}.tgz`;
const entry = (chart: string, version: string, more: Partial<Withdrawal> = {}): Withdrawal =>
  withdrawalOf("stable", chart, version, { digests: [digestOf(chart, version)], ...more });

/** The newest stable version of alpha, the newest of constructor, and all that there is of the chart 10. */
const withdrawn = [entry("alpha", "1.1.0"), entry("constructor", "3.0.0"), entry("10", "1.0.0")];
const left = {
  alpha: {
    versions: ["2.0.0-rc.2", "2.0.0-rc.1", "1.0.0", "0.9.0+up1"],
    description: 'An "alpha", with lines {"version":"9.9.9"}',
  },
  constructor: { versions: ["2.0.0", "1.0.0"] },
  žluť: { versions: ["0.1.0"], description: "ľščťžýáíé".repeat(50) },
};
await storeRepository(stores, "after", left, "0d".repeat(16), "2026-11-20T12:00:00.500Z");
await storeRepository(stores, "other", { alpha: { versions: ["1.1.0"] } }, "0e".repeat(16));

const fresh = (options: EdgeOptions = {}) => edgeUnderTest({ config, ...options });
const textAt = async (path: string, init: RequestInit = {}): Promise<string> => {
  const response = await fresh().request(path, init);
  expect({ path, status: response.status }).toEqual({ path, status: 200 });
  const text = await response.text();
  const length = response.headers.get("content-length");
  if (length !== null) expect(Number(length)).toBe(new TextEncoder().encode(text).byteLength);
  return text;
};

beforeEach(() => storeWithdrawals(...withdrawn));

describe("what is withdrawn is left out, as if it had never been published, of", () => {
  test.for([
    "/index.yaml",
    "@latest/index.yaml",
    "@latest-1/index.yaml",
    "@latest-2/index.yaml",
    "@latest-10/index.yaml",
    "/alpha/index.yaml",
    "@latest/alpha/index.yaml",
    "@latest-2/constructor/index.yaml",
    "/constructor/index.yaml",
    `/${encodeURIComponent("žluť")}/index.yaml`,
  ])("%s", async (path) => {
    expect(await textAt(`/stable${path}`)).toBe(await textAt(`/after${path}`));
  });

  test.for([
    "/charts",
    "/charts?limit=1",
    "/charts?offset=1&limit=2",
    "/charts/alpha",
    "/charts/constructor/latest",
    "@latest/charts",
    "@latest-2/charts?limit=2",
    "@latest/charts/alpha",
  ])("/api…%s", async (path) => {
    expect(await textAt(`/api/stable${path}`)).toBe(await textAt(`/api/after${path}`));
  });

  test("the index for who would take it compressed", async () => {
    const asked = { headers: { "Accept-Encoding": "gzip" } };
    const response = await fresh().request("/stable/index.yaml", asked);
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(await response.text()).toBe(await textAt("/after/index.yaml"));
  });

  test.for([`@${newRevision}`, "@2026-11-21", "@2026-11-20T12:00:01Z"])("the snapshot %s", async (view) => {
    expect(await textAt(`/stable${view}/index.yaml`)).toBe(await textAt("/after/index.yaml"));
    expect(await textAt(`/stable${view}/alpha/index.yaml`)).toBe(await textAt("/after/alpha/index.yaml"));
    expect(await textAt(`/api/stable${view}/charts`)).toBe(await textAt("/api/after/charts"));
    expect((await fresh().request(`/stable${view}/10/index.yaml`)).status).toBe(404);
  });

  test("a snapshot that has nothing of it goes out as it is stored", async () => {
    const response = await fresh().request(`/stable@${oldRevision}/index.yaml`);
    expect(response.headers.get("etag")).toBe(`"${oldRevision}"`);
    expect(await response.text()).toContain('"gone"');
  });

  test("the pages", async () => {
    const page = await textAt("/stable/");
    expect(page).not.toContain('"10/"');
    expect(page).toContain("2.0.0");
    expect(page).not.toContain("3.0.0");
    expect(await textAt("/stable/alpha/")).not.toContain("1.1.0");
    expect((await fresh().request("/stable/10/")).status).toBe(404);
    expect((await fresh().request("/stable/10")).status).toBe(404);
  });
});

test("every chart may be withdrawn: an empty index is left", async () => {
  await storeWithdrawals(entry("alpha", "1.0.0"), withdrawalOf("stable", "gone", "0.1.0"));
  expect(await textAt(`/stable@${oldRevision}/index.yaml`)).toBe('{"apiVersion":"v1","entries":{\n\n}}\n');
});

describe("an answer without what is withdrawn", () => {
  const tagOf = async (path: string, init: RequestInit = {}) => {
    const response = await fresh().request(path, init);
    await response.bytes();
    return response.headers.get("etag");
  };

  test.for([
    "/stable/index.yaml",
    "/stable@latest/index.yaml",
    "/stable/alpha/index.yaml",
    "/api/stable/charts",
  ])("%s has a tag of its own, which goes with what is withdrawn", async (path) => {
    const some = await tagOf(path);
    await storeWithdrawals(...withdrawn.slice(0, 1));
    const fewer = await tagOf(path);
    await storeWithdrawals();
    const none = await tagOf(path);
    expect(new Set([some, fewer, none]).size).toBe(3);
    expect(await tagOf(path, { headers: { "Accept-Encoding": "identity" } })).toBe(none);
  });

  test("is not taken for what a client has of the same date", async () => {
    const headers = { "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT" };
    for (const path of ["/stable/index.yaml", "/stable@latest/index.yaml", "/api/stable/charts"]) {
      const response = await fresh().request(path, { headers });
      expect([path, response.status, response.headers.get("last-modified")]).toEqual([path, 200, null]);
      await response.bytes();
    }
    const tag = (await tagOf("/stable/index.yaml")) ?? "";
    const known = await fresh().request("/stable/index.yaml", { headers: { "If-None-Match": tag } });
    expect(known.status).toBe(304);
  });

  test("says the same to HEAD, with the same caching as ever", async () => {
    for (const path of ["/stable/index.yaml", "/stable/alpha/index.yaml", "/api/stable/charts"]) {
      const get = await fresh().request(path);
      const head = await fresh().request(path, { method: "HEAD" });
      expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
      expect(get.headers.get("cache-control")).toBe("public, max-age=60, stale-while-revalidate=300");
      expect(get.headers.get("cache-tag")).toBe("repository-stable");
      await get.bytes();
    }
  });

  test("leaves the tag of a chart that loses nothing", async () => {
    const path = `/stable/${encodeURIComponent("žluť")}/index.yaml`;
    const before = await tagOf(path);
    await storeWithdrawals();
    expect(await tagOf(path)).toBe(before);
  });

  test("is none where the publication has left it out already", async () => {
    const { number } = await storeWithdrawals(...withdrawn);
    const head = { ...current.head, withdrawals: number };
    await Promise.all(
      [env.KV, env.BUCKET].map((store) => store.put(headKey("stable"), JSON.stringify(head))),
    );
    const log: ReadLog = [];
    const edge = fresh({ kv: counting(env.KV, log), bucket: counting(env.BUCKET, log) });
    const response = await edge.request("/stable/index.yaml");
    expect(response.headers.get("etag")).toBe(`"${newRevision}"`);
    expect(await response.text()).toBe(current.index);
    expect(log.filter((line) => line.includes("revisions"))).toEqual([
      `get ${revisionKey("stable", newRevision, "index.json")}`,
    ]);
    await Promise.all(
      [env.KV, env.BUCKET].map((store) => store.put(headKey("stable"), JSON.stringify(current.head))),
    );
  });
});

test("in which lines something is withdrawn is found once", async () => {
  const log: ReadLog = [];
  const edge = fresh({ bucket: counting(env.BUCKET, log) });
  await (await edge.request("/stable/index.yaml")).bytes();
  log.length = 0;
  await (await edge.request("/stable/index.yaml")).bytes();
  expect(log).toEqual([]);
});

const gone = [
  `/stable/${pathOf("alpha", "1.1.0")}`,
  `/stable/${pathOf("alpha", "1.1.0")}.prov`,
  `/stable/alpha/${pathOf("alpha", "1.1.0")}`,
  `/stable@2026-11-21/${pathOf("alpha", "1.1.0")}`,
  `/stable@latest/${pathOf("alpha", "1.1.0")}`,
  `/${pathOf("alpha", "1.1.0")}`,
  `/other/${pathOf("alpha", "1.1.0")}`,
  "/stable/alpha-1.1.0.tgz",
  "/stable/alpha-1.1.0.tgz.prov",
  "/stable/alpha/alpha-1.1.0.tgz",
  "/stable@latest/alpha-1.1.0.tgz",
  "/stable@2026-11-21/alpha-1.1.0.tgz",
  `/stable@${newRevision}/alpha-1.1.0.tgz`,
  "/stable@upstream/alpha-1.1.0.tgz",
  "/alpha-1.1.0.tgz",
  "/other/alpha-1.1.0.tgz",
  "/after/alpha-1.1.0.tgz",
  "/api/stable/charts/alpha/1.1.0",
  "/api/other/charts/alpha/1.1.0",
];

describe("what is withdrawn is a 410", () => {
  test.for(gone)("at %s, to GET and HEAD", async (path) => {
    const response = await fresh().request(path);
    expect({ path, status: response.status }).toEqual({ path, status: 410 });
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(response.headers.get("cache-tag")).toMatch(/^repository-(stable|other|after)/);
    const text = await response.text();
    expect(text).toContain("alpha");
    expect(text).toContain("1.1.0");
    expect(text).toContain("2026-11-21T08:00:00Z");
    expect(text).toContain("its release was hijacked");
    expect(text).toContain("/stable/alpha/index.yaml");
    const head = await fresh().request(path, { method: "HEAD" });
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(response.headers));
    expect(head.status).toBe(410);
  });

  test("by digest under a tag with which a purge reaches it", async () => {
    const response = await fresh().request(`/other/${pathOf("alpha", "1.1.0")}`);
    expect(response.headers.get("cache-tag")).toBe(`repository-other,sha256-${digestOf("alpha", "1.1.0")}`);
    await response.bytes();
  });

  test("where a chart of its repository has the version with bytes that nobody knew of", async () => {
    await storeWithdrawals(withdrawalOf("stable", "alpha", "1.1.0"));
    expect((await fresh().request("/stable/alpha-1.1.0.tgz")).status).toBe(410);
    expect(await textAt("/stable/alpha/index.yaml")).not.toContain('"1.1.0"');
    // In another repository these bytes are somebody else's release.
    expect((await fresh().request("/other/alpha-1.1.0.tgz")).status).toBe(200);
  });

  test("with a reason that is harmless, whatever it is", async () => {
    const reason = `<script>alert(1)</script>\r\nSet-Cookie: a=b ${"x".repeat(600)}`;
    await storeWithdrawals(entry("alpha", "1.1.0", { reason, at: "<b>" }));
    const response = await fresh().request("/stable/alpha-1.1.0.tgz");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect((await response.text()).trimEnd()).not.toMatch(/[\r\n]/);
  });

  test("and JSON to who prefers it", async () => {
    const headers = { Accept: "application/json" };
    const response = await fresh().request("/stable/alpha-1.1.0.tgz", { headers });
    expect(await response.json()).toMatchObject({ error: { code: "withdrawn" } });
  });
});

test.for(gone)("after it was reinstated, %s is there again or not, as before", async (path) => {
  await storeWithdrawals();
  const status = (await fresh().request(path)).status;
  expect(status).toBe(/^\/(after|other.*prov)/.test(path) ? 404 : 200);
});

describe("when it is told", () => {
  test("an isolate obeys within ten seconds, and index and path at once", async () => {
    await storeWithdrawals();
    let now = Date.parse("2026-12-24T00:00:00Z");
    const edge = fresh({ now: () => now });
    const seen = async () => {
      const index = await (await edge.request("/stable/alpha/index.yaml")).text();
      const archive = await edge.request(`/stable/${pathOf("alpha", "1.1.0")}`);
      await archive.bytes();
      return [index.includes('"1.1.0"'), archive.status];
    };
    expect(await seen()).toEqual([true, 200]);
    await storeWithdrawals(...withdrawn);
    now += withdrawalsKept;
    expect(await seen()).toEqual([false, 410]);
  });

  test("KV's copy counts while R2 fails or hangs", async () => {
    await env.KV.put(withdrawalsKey, JSON.stringify({ number: 1, entries: withdrawn }));
    for (const bucket of [failing(env.BUCKET), hanging(env.BUCKET)]) {
      const response = await fresh({ bucket }).request("/stable/alpha-1.1.0.tgz");
      expect(response.status).toBe(410);
      await response.bytes();
    }
    await env.KV.delete(withdrawalsKey);
  });

  test("reads stand alone where nothing tells", async () => {
    const [kv, bucket] = [failingAt(env.KV, /^withdrawals$/), failingAt(env.BUCKET, /^withdrawals$/)];
    const edge = fresh({ kv, bucket });
    expect((await edge.request("/stable/index.yaml")).status).toBe(200);
    expect((await edge.request(`/stable/${pathOf("alpha", "1.1.0")}`)).status).toBe(200);
  });
});
