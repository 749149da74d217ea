import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { historyKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { newRevision, oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";
import { failing } from "../support/watched-stores.ts";

const config = {
  repositories: { stable: repositoryConfig(), fresh: repositoryConfig(), empty: repositoryConfig() },
};
await storeTwoRevisions("stable");
await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "fresh", { alpha: { versions: ["1.0.0"] } });
const edge = edgeUnderTest({ config });
const path = "/stable/history.json";

test("/history.json shows the document as it is stored, with a tag over its bytes", async () => {
  const response = await edge.request(path);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/json",
    "cache-control": "public, max-age=60, stale-while-revalidate=300",
    "cache-tag": "repository-stable",
    etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
  });
  const text = await response.text();
  expect(text).toBe(await (await env.BUCKET.get(historyKey("stable")))?.text());
  expect(JSON.parse(text)).toMatchObject({
    revisions: [{ revision: newRevision }, { revision: oldRevision }],
  });
  expect(response.headers.get("content-length")).toBe(String(text.length));
});

test("/history.json knows HEAD and 304", async () => {
  const get = await edge.request(path);
  const head = await edge.request(path, { method: "HEAD" });
  expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  const again = await edge.request(path, { headers: { "If-None-Match": get.headers.get("etag") ?? "" } });
  expect(again.status).toBe(304);
  await get.bytes();
});

test("/history.json is empty where there is no document yet, and 503 before the first publication", async () => {
  expect(await (await edge.request("/fresh/history.json")).json()).toEqual({ revisions: [] });
  const response = await edge.request("/empty/history.json");
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "30"]);
});

test("/history.json is a 503 where the document cannot be read, by anybody or as one", async () => {
  const broken = edgeUnderTest({ config, bucket: failing(env.BUCKET) });
  expect((await broken.request(path)).status).toBe(503);
  for (const text of [
    "{",
    "{}",
    '{"revisions":[{"revision":"../x"}]}',
    '{"revisions":[{"revision":"0a"}]}',
  ]) {
    await env.BUCKET.put(historyKey("fresh"), text);
    expect((await edge.request("/fresh/history.json")).status).toBe(503);
  }
});
