import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { SourceConfig } from "../../src/config/config.ts";
import { mayList } from "../../src/edge/upstream-lists.ts";
import { sha256 } from "../../src/storage/archive-store.ts";
import { upstreamIndexKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { storeTwoRevisions, storeUpstreamIndex, upstreamText } from "../support/two-revisions.ts";
import { counting, failing } from "../support/watched-stores.ts";

const http = (url: string): SourceConfig => ({ kind: "http", url, files: [], rewrites: [] });
const registry: SourceConfig = {
  kind: "oci",
  url: "oci://registry.example/charts",
  charts: "listed",
  plainHttp: false,
  recheck: 86_400,
};
const withSources = (...sources: SourceConfig[]) => ({ ...repositoryConfig(), sources });
const config = {
  repositories: {
    stable: repositoryConfig(),
    several: withSources(registry, http("https://first.example"), http("https://second.example")),
    registry: withSources(registry),
    empty: repositoryConfig(),
  },
};
const { current } = await storeTwoRevisions("stable");
await storeUpstreamIndex("stable", upstreamText);
const edge = edgeUnderTest({ config });
const path = "/stable@upstream/index.yaml";
const key = upstreamIndexKey(
  "stable",
  await sha256(new Uint8Array(new TextEncoder().encode("https://upstream.example/charts"))),
);

test("comes byte for byte as the source served it, as text that no browser runs", async () => {
  const response = await edge.request(path);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/yaml; charset=utf-8",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "public, max-age=60, stale-while-revalidate=300",
    "cache-tag": "repository-stable",
    "last-modified": "Fri, 20 Nov 2026 11:59:58 GMT",
    "content-length": String(upstreamText.length),
  });
  expect(response.headers.get("chartkeep-revision")).toBeNull();
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(new TextDecoder().decode(await response.bytes())).toBe(upstreamText);
});

test("says the same to HEAD as to GET, and 304 to who has it, in plain form also where gzip is asked for", async () => {
  const headers = { "Accept-Encoding": "gzip" };
  const get = await edge.request(path, { headers });
  const head = await edge.request(path, { headers, method: "HEAD" });
  expect(get.headers.get("content-encoding")).toBeNull();
  expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  await get.bytes();
  const etag = get.headers.get("etag") ?? "";
  for (const condition of [
    { "If-None-Match": etag },
    { "If-Modified-Since": "Fri, 20 Nov 2026 11:59:58 GMT" },
  ]) {
    const again = await edge.request(path, { headers: { ...headers, ...condition } });
    expect([again.status, again.headers.get("etag")]).toEqual([304, etag]);
  }
  const changed = await edge.request(path, { headers: { ...headers, "If-None-Match": '"other"' } });
  expect(changed.status).toBe(200);
  await changed.bytes();
});

test("costs one read", async () => {
  const log: string[] = [];
  const counted = edgeUnderTest({ config, bucket: counting(env.BUCKET, log) });
  for (const init of [{}, { method: "HEAD" }, { headers: { "If-None-Match": "*" } }]) {
    await (await counted.request(path, init)).bytes();
  }
  expect(log.filter((line) => line.endsWith(key)).map((line) => line.split(" ")[0])).toEqual([
    "get",
    "head",
    "head",
  ]);
});

test("is the first source's that has one in storage", async () => {
  const several = async () => (await edge.request("/several@upstream/index.yaml")).bytes();
  await storeUpstreamIndex("several", "second: true\n", "https://second.example");
  expect(new TextDecoder().decode(await several())).toBe("second: true\n");
  await storeUpstreamIndex("several", "first: true\n", "https://first.example");
  expect(new TextDecoder().decode(await several())).toBe("first: true\n");
});

test.for<[string, RegExp]>([
  ["/registry@upstream/index.yaml", /registries.*\/registry\/index\.yaml/],
  ["/empty@upstream/index.yaml", /stored yet/],
])("%s is a 404 that says why", async ([url, text]) => {
  const response = await edge.request(url);
  expect(response.status).toBe(404);
  expect(await response.text()).toMatch(text);
});

describe("an archive below @upstream", () => {
  const digest = current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest ?? "";
  const other = "f".repeat(64);
  const entry = (hex: string) => `apiVersion: v1\nentries: { alpha: [{ version: 1.1.0, digest: ${hex} }] }\n`;

  test.for<[string, string, number]>([
    ["with the digest that the mirror has", entry(digest), 200],
    ["with its algorithm before it, in capitals", entry(`sha256:${digest.toUpperCase()}`), 200],
    ["far behind", `${"#".repeat(200_000)}\n${entry(digest)}`, 200],
    ["with another digest, because it was released again", entry(other), 404],
    ["without any digest", "apiVersion: v1\nentries: { alpha: [{ version: 1.1.0 }] }\n", 200],
  ])("is listed by the source %s", async ([, text, status]) => {
    await storeUpstreamIndex("stable", text);
    for (const file of ["alpha-1.1.0.tgz", "alpha-1.1.0.tgz.prov"]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await edge.request(`/stable@upstream/${file}`, { method });
        expect([file, method, response.status]).toEqual([file, method, status]);
        const body = await response.text();
        if (status === 404 && method === "GET") expect(body).toContain(`/stable/charts/${digest}/`);
      }
    }
    expect((await edge.request("/stable/alpha-1.1.0.tgz", { method: "HEAD" })).status).toBe(200);
  });

  test("is found wherever the parts of the text begin and end", async () => {
    const text = new TextEncoder().encode(entry(digest));
    for (let at = 1; at < text.length; at += 1) {
      const body = new Blob([text.slice(0, at)]).stream();
      const parts = new ReadableStream<Uint8Array>({
        async start(controller) {
          for await (const chunk of body) controller.enqueue(chunk);
          controller.enqueue(text.slice(at));
          controller.close();
        },
      });
      expect(await mayList({ body: parts }, digest)).toBe(true);
    }
  });
});

test("is a 503 while R2 fails", async () => {
  const broken = edgeUnderTest({ config, bucket: failing(env.BUCKET) });
  expect((await broken.request(path)).status).toBe(503);
});
