import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { archiveKey, fileKey, provenanceKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, exposed, repositoryConfig } from "../support/edge-under-test.ts";
import { provenanceOf, storeRepository, type StoredVersion } from "../support/stored-repository.ts";
import { counting, failing } from "../support/watched-stores.ts";

const stores = { kv: env.KV, bucket: env.BUCKET };
const { charts } = await storeRepository(stores, "stable", {
  alpha: { versions: ["1.1.0", "1.0.0+up1"], signed: ["1.1.0"] },
  "alpha-2": { versions: ["2.0.0"] },
});
const [alpha, plus] = charts["alpha"] ?? [];
if (alpha === undefined || plus === undefined) throw new Error("not stored");
await env.BUCKET.put(fileKey("stable", "artifacthub-repo.yml"), "repositoryID: 1\n");
const config = { repositories: { stable: repositoryConfig(["artifacthub-repo.yml", "page.html"]) } };
const edge = edgeUnderTest({ config });
const path = `/stable/${alpha.path}`;
const size = alpha.archive.byteLength;
const etag = `"${alpha.digest}"`;

const bytes = async (url: string): Promise<Uint8Array> => (await edge.request(url)).bytes();

describe("an archive by digest", () => {
  test("comes byte for byte, for ever", async () => {
    const response = await edge.request(path);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "accept-ranges": "bytes",
      "access-control-allow-origin": "*",
      "access-control-expose-headers": exposed,
      "cache-control": "public, max-age=31536000, immutable, no-transform",
      "cache-tag": `sha256-${alpha.digest}`,
      "content-length": String(size),
      "content-type": "application/gzip",
      etag,
      "last-modified": expect.stringMatching(/GMT$/),
      "x-content-type-options": "nosniff",
    });
    expect(await response.bytes()).toEqual(alpha.archive);
  });

  test("is never compressed again, whatever the client accepts", async () => {
    const response = await edge.request(path, {
      headers: { "Accept-Encoding": "gzip, br", Accept: "text/html" },
    });
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(await response.bytes()).toEqual(alpha.archive);
  });

  test.for<[string, RequestInit, string]>([
    ["GET", {}, "get"],
    ["HEAD", { method: "HEAD" }, "head"],
    ["304", { headers: { "If-None-Match": etag } }, "head"],
    ["range", { headers: { Range: "bytes=1-2" } }, "get"],
    ["outdated client", { headers: { "If-None-Match": `"other"` } }, "get"],
  ])("costs a %s one storage read", async ([, init, method]) => {
    const kvLog: string[] = [];
    const r2Log: string[] = [];
    const ofArchive = (log: string[]) => log.filter((line) => line !== "get withdrawals");
    const counted = edgeUnderTest({
      config,
      kv: counting(env.KV, kvLog),
      bucket: counting(env.BUCKET, r2Log),
    });
    await (await counted.request(path, init)).bytes();
    expect({ kv: ofArchive(kvLog), r2: ofArchive(r2Log) }).toEqual({
      kv: [],
      r2: [`${method} ${archiveKey(alpha.digest)}`],
    });
  });

  test("says the same to HEAD as to GET", async () => {
    const get = await edge.request(path);
    const head = await edge.request(path, { method: "HEAD", headers: { Range: "bytes=0-1" } });
    expect(head.status).toBe(200);
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
    expect(head.body).toBeNull();
    await get.bytes();
  });

  test.for<[Record<string, string>, string, number, number]>([
    [{ Range: "bytes=0-0" }, `bytes 0-0/${size}`, 0, 1],
    [{ Range: "bytes=10-19" }, `bytes 10-19/${size}`, 10, 20],
    [{ Range: `bytes=${size - 3}-` }, `bytes ${size - 3}-${size - 1}/${size}`, size - 3, size],
    [{ Range: "bytes=-4" }, `bytes ${size - 4}-${size - 1}/${size}`, size - 4, size],
    [{ Range: `bytes=5-${size + 100}` }, `bytes 5-${size - 1}/${size}`, 5, size],
    [{ Range: `bytes=-${size + 100}` }, `bytes 0-${size - 1}/${size}`, 0, size],
    [{ Range: "bytes=1-2", "If-Range": etag }, `bytes 1-2/${size}`, 1, 3],
    [{ Range: "bytes=1-2", "If-None-Match": `"other"` }, `bytes 1-2/${size}`, 1, 3],
  ])("comes in part for %j", async ([headers, contentRange, from, to]) => {
    const response = await edge.request(path, { headers });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("content-length")).toBe(String(to - from));
    expect(response.headers.get("etag")).toBe(etag);
    expect(await response.bytes()).toEqual(alpha.archive.slice(from, to));
  });

  test.for<[Record<string, string>]>([
    [{ Range: "bytes=0-1,3-4" }],
    [{ Range: "bytes=4-1" }],
    [{ Range: "pages=1" }],
    [{ Range: "bytes=1-2", "If-Range": `"other"` }],
    [{ Range: "bytes=1-2", "If-Range": "Fri, 20 Nov 2026 10:11:12 GMT" }],
  ])("comes whole for %j", async ([headers]) => {
    const response = await edge.request(path, { headers });
    expect(response.status).toBe(200);
    expect(await response.bytes()).toEqual(alpha.archive);
  });

  test.for(["bytes=100000-", "bytes=100000-100001", "bytes=-0"])(
    "answers %s with 416 and its size",
    async (range) => {
      const response = await edge.request(path, { headers: { Range: range } });
      expect(response.status).toBe(416);
      expect(response.headers.get("content-range")).toBe(`bytes */${size}`);
      expect(response.headers.get("cache-control")).toBe("no-store");
    },
  );

  test.for<[Record<string, string>]>([
    [{ "If-None-Match": etag }],
    [{ "If-None-Match": `"x", W/${etag}` }],
    [{ "If-None-Match": "*" }],
    [{ "If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT" }],
    [{ "If-None-Match": etag, Range: "bytes=1-2" }],
    [{ "If-None-Match": etag, Range: "bytes=100000-" }],
  ])("is a 304 for %j", async ([headers]) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await edge.request(path, { method, headers });
      expect(response.status).toBe(304);
      expect(response.headers.get("etag")).toBe(etag);
      expect(response.body).toBeNull();
    }
  });

  test("is a 404 for an unknown digest even where the client says that it has it", async () => {
    const digest = "0".repeat(64);
    for (const init of [{}, { method: "HEAD" }, { headers: { "If-None-Match": `"${digest}"` } }]) {
      const response = await edge.request(`/stable/charts/${digest}/alpha-1.1.0.tgz`, init);
      expect(response.status).toBe(404);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("is a 503 when R2 fails", async () => {
    const broken = edgeUnderTest({ config, bucket: failing(env.BUCKET) });
    const response = await broken.request(path);
    expect({ status: response.status, keep: response.headers.get("cache-control") }).toEqual({
      status: 503,
      keep: "no-store",
    });
  });
});

describe("provenance", () => {
  test("comes byte for byte beside its archive, with a tag of its own and no ranges", async () => {
    const response = await edge.request(`${path}.prov`, { headers: { Range: "bytes=1-2" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/pgp-signature");
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("accept-ranges")).toBeNull();
    expect(await response.bytes()).toEqual(new TextEncoder().encode(provenanceOf("alpha", "1.1.0")));
    const stored = await env.BUCKET.head(provenanceKey("stable", alpha.digest));
    expect(response.headers.get("etag")).toBe(stored?.httpEtag);
    const again = await edge.request(`${path}.prov`, {
      headers: { "If-None-Match": stored?.httpEtag ?? "" },
    });
    expect(again.status).toBe(304);
  });

  test("is a 404 where the publisher signed nothing", async () => {
    const response = await edge.request(`/stable/${plus.path}.prov`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("signed");
  });
});

describe("the conventional path", () => {
  test.for<[string, StoredVersion]>([
    ["/stable/alpha-1.1.0.tgz", alpha],
    ["/stable/alpha-1.0.0+up1.tgz", plus],
    ["/stable/alpha-1.0.0%2Bup1.tgz", plus],
    ["/stable/%61lpha-1.1.0.tgz", alpha],
  ])("%s leads to the archive that the index lists", async ([url, { archive }]) => {
    expect(await bytes(url)).toEqual(archive);
  });

  test("tells a chart from another one whose name begins like it", async () => {
    expect(await bytes("/stable/alpha-2-2.0.0.tgz")).toEqual(charts["alpha-2"]?.[0]?.archive);
  });

  test("is kept for a short time, under both cache tags and the archive's entity tag", async () => {
    const response = await edge.request("/stable/alpha-1.1.0.tgz", { headers: { Range: "bytes=0-3" } });
    expect(response.status).toBe(206);
    expect(response.headers.get("cache-control")).toBe(
      "public, max-age=300, stale-while-revalidate=3600, no-transform",
    );
    expect(response.headers.get("cache-tag")).toBe(`repository-stable,sha256-${alpha.digest}`);
    expect(response.headers.get("etag")).toBe(etag);
    await response.bytes();
  });

  test("leads to provenance too", async () => {
    const response = await edge.request("/stable/alpha-1.1.0.tgz.prov");
    expect(await response.bytes()).toEqual(new TextEncoder().encode(provenanceOf("alpha", "1.1.0")));
    expect((await edge.request("/stable/alpha-1.0.0+up1.tgz.prov")).status).toBe(404);
  });

  test.for<[string, RegExp]>([
    ["/stable/alpha-9.9.9.tgz", /"alpha".*newest versions: "1\.1\.0", "1\.0\.0\+up1"/],
    ["/stable/alphaa-1.0.0.tgz", /similar name: "alpha"/],
    ["/stable/nothing-like-it-1.0.0.tgz", /No chart of this index/],
    ["/stable/.tgz", /No chart of this index/],
    ["/stable/alpha-1.1.0%252B.tgz", /newest versions/],
  ])("%s is a 404 that says what is near", async ([url, text]) => {
    const response = await edge.request(url);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toMatch(text);
  });

  test("works from what one store alone knows of the index", async () => {
    const withoutKv = edgeUnderTest({ config, kv: failing(env.KV) });
    expect((await withoutKv.request("/stable/alpha-1.1.0.tgz")).status).toBe(200);
    const log: string[] = [];
    const onlyKvIndex = edgeUnderTest({ config, bucket: failing(env.BUCKET), kv: counting(env.KV, log) });
    expect((await onlyKvIndex.request("/stable/alpha-9.9.9.tgz")).status).toBe(404);
    expect(log.at(-1)).toMatch(/index\.json$/);
  });
});

describe("small files", () => {
  test("come as they are, with types that no browser runs", async () => {
    const response = await edge.request("/stable/artifacthub-repo.yml");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(response.headers.get("cache-tag")).toBe("repository-stable");
    expect(await response.text()).toBe("repositoryID: 1\n");
    const tag = response.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"\w+"$/);
    const again = await edge.request("/stable/artifacthub-repo.yml", { headers: { "If-None-Match": tag } });
    expect(again.status).toBe(304);
  });

  test("never come as HTML", async () => {
    await env.BUCKET.put(fileKey("stable", "page.html"), "<script>alert(1)</script>");
    const response = await edge.request("/stable/page.html");
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    await response.bytes();
  });

  test("are a 404 unless they are configured, and while the source has none", async () => {
    await env.BUCKET.put(fileKey("stable", "secret.txt"), "not configured");
    expect((await edge.request("/stable/secret.txt")).status).toBe(404);
    await env.BUCKET.delete(fileKey("stable", "page.html"));
    expect((await edge.request("/stable/page.html")).status).toBe(404);
  });
});

describe("the root repository", () => {
  test("is served below / as well, while / stays the page", async () => {
    const rooted = edgeUnderTest({ config: { ...config, root: "stable" } });
    for (const url of [
      "/index.yaml",
      `/${alpha.path}`,
      `/${alpha.path}.prov`,
      "/alpha-1.1.0.tgz",
      "/artifacthub-repo.yml",
    ]) {
      const below = await rooted.request(`/stable${url}`);
      const root = await rooted.request(url);
      expect({ url, status: root.status }).toEqual({ url, status: 200 });
      expect(Object.fromEntries(root.headers)).toEqual(Object.fromEntries(below.headers));
      expect(await root.bytes()).toEqual(await below.bytes());
    }
    expect((await rooted.request("/")).headers.get("content-type")).toBe("text/html; charset=utf-8");
  });
});
