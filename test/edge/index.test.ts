import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { headKey, revisionKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, exposed, repositoryConfig } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { counting, failing, hanging, without } from "../support/watched-stores.ts";

const stores = { kv: env.KV, bucket: env.BUCKET };
const stable = await storeRepository(stores, "stable", {
  alpha: { versions: ["1.1.0", "1.0.0"], description: "An alpha" },
  beta: { versions: ["0.1.0+up1"] },
});
const { revision } = stable.head;
const edge = edgeUnderTest();
const path = "/stable/index.yaml";

describe("the index", () => {
  test("comes as it is stored, with everything that a cache and a client need", async () => {
    const response = await edge.request(path);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": exposed,
      "cache-control": "public, max-age=60, stale-while-revalidate=300",
      "cache-tag": "repository-stable",
      "chartkeep-revision": revision,
      "content-length": String(stable.head.bytes),
      "content-type": "application/json",
      etag: `"${revision}"`,
      "last-modified": "Fri, 20 Nov 2026 10:11:12 GMT",
      vary: "Accept-Encoding",
      "x-content-type-options": "nosniff",
    });
    expect(await response.text()).toBe(stable.index);
  });

  test("comes compressed to who asks for it, under a tag of its own", async () => {
    const response = await edge.request(path, { headers: { "Accept-Encoding": "br, gzip" } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("etag")).toBe(`"${revision}-gzip"`);
    expect(response.headers.get("content-length")).toBe(String(stable.head.gzipBytes));
    expect(response.headers.get("cache-control")).toBe("public, max-age=60, stale-while-revalidate=300");
    const stored = await env.BUCKET.get(revisionKey("stable", revision, "index.json.gz"));
    expect(await response.bytes()).toEqual(await stored?.bytes());
  });

  test("stays out of shared caches in the compressed form where the platform replaced Accept-Encoding", async () => {
    const response = await edge.request(path, {
      headers: { "Accept-Encoding": "gzip, br" },
      cf: { clientAcceptEncoding: "gzip" },
    });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("cache-control")).toBe("private, max-age=60");
  });

  test("comes plain to Helm where the platform replaced Accept-Encoding", async () => {
    const response = await edge.request(path, {
      headers: { "Accept-Encoding": "gzip, br" },
      cf: { clientAcceptEncoding: "" },
    });
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(await response.text()).toBe(stable.index);
  });

  test.for([{}, { "Accept-Encoding": "gzip" }])(
    "says the same to HEAD as to GET with %j",
    async (headers) => {
      const get = await edge.request(path, { headers });
      const head = await edge.request(path, { headers, method: "HEAD" });
      expect(head.status).toBe(200);
      expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
      expect(await head.text()).toBe("");
      await get.bytes();
    },
  );

  test.for<[Record<string, string>, number]>([
    [{ "If-None-Match": `"${revision}"` }, 304],
    [{ "If-None-Match": `W/"${revision}"` }, 304],
    [{ "If-None-Match": `"${revision}-gzip"` }, 200],
    [{ "If-None-Match": `"${revision}-gzip"`, "Accept-Encoding": "gzip" }, 304],
    [{ "If-None-Match": `"${revision}"`, "Accept-Encoding": "gzip" }, 200],
    [{ "If-None-Match": "*" }, 304],
    [{ "If-Modified-Since": "Fri, 20 Nov 2026 10:11:12 GMT" }, 304],
    [{ "If-Modified-Since": "Fri, 20 Nov 2026 10:11:11 GMT" }, 200],
    [{ Range: "bytes=0-5" }, 200],
  ])("answers %j with %i", async ([headers, status]) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await edge.request(path, { method, headers });
      expect(response.status).toBe(status);
      if (status === 304) expect(response.headers.get("etag")).toContain(revision);
      await response.bytes();
    }
  });

  test.for<[string, RequestInit, string[]]>([
    ["a GET", {}, [headKey("stable"), revisionKey("stable", revision, "index.json")]],
    ["a HEAD", { method: "HEAD" }, [headKey("stable")]],
    ["a 304", { headers: { "If-None-Match": `"${revision}"` } }, [headKey("stable")]],
  ])("costs %s no more storage reads than it needs, all near the reader", async ([, init, keys]) => {
    const kvLog: string[] = [];
    const r2Log: string[] = [];
    const counted = edgeUnderTest({ kv: counting(env.KV, kvLog), bucket: counting(env.BUCKET, r2Log) });
    await (await counted.request(path, init)).bytes(); // which reads the status as well, once a minute
    kvLog.length = r2Log.length = 0;
    await (await counted.request(path, init)).bytes();
    expect(kvLog).toEqual(keys.map((key) => `get ${key}`));
    expect(r2Log).toEqual([]);
  });
});

describe("the index, when storage fails", () => {
  test.for([
    { name: "KV fails", kv: failing(env.KV), bucket: env.BUCKET },
    { name: "KV hangs", kv: hanging(env.KV), bucket: env.BUCKET },
    { name: "KV lost everything", kv: without(env.KV, /./), bucket: env.BUCKET },
    { name: "KV lost the body", kv: without(env.KV, /index/), bucket: env.BUCKET },
    { name: "R2 fails", kv: env.KV, bucket: failing(env.BUCKET) },
    { name: "R2 hangs", kv: env.KV, bucket: hanging(env.BUCKET) },
  ])("is served all the same while $name", async ({ kv, bucket }) => {
    const response = await edgeUnderTest({ kv, bucket, patience: 50 }).request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String(stable.head.bytes));
    expect(await response.text()).toBe(stable.index);
  });

  test("is a 503 that nobody keeps when both stores fail, and the cause goes to the log only", async () => {
    const broken = edgeUnderTest({ kv: failing(env.KV), bucket: failing(env.BUCKET) });
    const response = await broken.request(path);
    expect(response.status).toBe(503);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.text()).not.toContain("the store is down");
    expect(broken.failures).toMatchObject([{ event: "request-failed", path, code: "storage-unavailable" }]);
  });

  test("is a 503 when both stores hang", async () => {
    const stuck = edgeUnderTest({ kv: hanging(env.KV), bucket: hanging(env.BUCKET), patience: 20 });
    expect((await stuck.request(path)).status).toBe(503);
  });

  test("is the current one where KV's head is garbage", async () => {
    await env.KV.put(headKey("garbled"), "<html>");
    const garbled = await storeRepository({ ...stores, kv: { put: async () => undefined } }, "garbled", {
      alpha: { versions: ["1.0.0"] },
    });
    const response = await edgeFor("garbled").request("/garbled/index.yaml");
    expect(await response.text()).toBe(garbled.index);
  });

  test("is the current one where KV's head fell so far behind that its revision is gone", async () => {
    const behind = await storeRepository({ ...stores, kv: { put: async () => undefined } }, "behind", {
      alpha: { versions: ["2.0.0"] },
    });
    await env.KV.put(
      headKey("behind"),
      JSON.stringify({ ...behind.head, revision: "0d".repeat(16), bytes: 7 }),
    );
    const response = await edgeFor("behind").request("/behind/index.yaml");
    expect(response.headers.get("etag")).toBe(`"${revision}"`);
    expect(response.headers.get("content-length")).toBe(String(behind.head.bytes));
    expect(await response.text()).toBe(behind.index);
  });

  test("is a 503 and never half an answer where the current revision has no body", async () => {
    await env.BUCKET.put(headKey("bodiless"), JSON.stringify(stable.head));
    expect((await edgeFor("bodiless").request("/bodiless/index.yaml")).status).toBe(503);
  });

  test("asks to come back while nothing is published yet", async () => {
    const response = await edgeFor("empty").request("/empty/index.yaml");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("30");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toContain("/status.json");
  });
});

function edgeFor(name: string) {
  return edgeUnderTest({ config: { repositories: { [name]: repositoryConfig() } } });
}
