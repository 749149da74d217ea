import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { freshnessOf } from "../../src/edge/freshness.ts";
import { statusKey } from "../../src/storage/keys.ts";
import type { SourceStatus } from "../../src/storage/status.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { healthyStatus, storeTwoRevisions } from "../support/two-revisions.ts";
import { counting, failing, hanging } from "../support/watched-stores.ts";

const [healthy] = healthyStatus.sources;
if (healthy === undefined) throw new Error("no source");
const source = (state: SourceStatus["state"], succeededAt: string | null): SourceStatus => ({
  ...healthy,
  state,
  succeededAt,
  error: state === "failing" ? { code: "http-status", message: "500 from https://secret.example" } : null,
});
const early = "2026-11-21T08:00:00Z";
const late = "2026-11-21T10:00:00+00:00";

describe("freshnessOf", () => {
  test.for<[string, SourceStatus[], Record<string, string>]>([
    [
      "the last good answer of any source",
      [source("ok", early), source("failing", late)],
      { "Chartkeep-Checked": "2026-11-21T10:00:00.000Z" },
    ],
    ["nothing before the first one", [source("unknown", null)], {}],
    ["nothing of a time that is none", [source("ok", "yesterday\r\nX: y")], {}],
    ["nothing without sources", [], {}],
    [
      "a warning while all of them fail",
      [source("failing", early), source("failing", late)],
      {
        "Chartkeep-Checked": "2026-11-21T10:00:00.000Z",
        Warning: '111 chartkeep "no source has answered well since 2026-11-21T10:00:00.000Z"',
      },
    ],
    [
      "a warning where none ever did well",
      [source("failing", null)],
      { Warning: '111 chartkeep "no source has answered well so far"' },
    ],
    ["no warning while one is not known yet", [source("failing", null), source("unknown", null)], {}],
  ])("tells %s", ([, sources, fields]) => {
    expect(freshnessOf({ sources })).toEqual(fields);
  });
});

const config = { repositories: { stable: repositoryConfig() } };
await storeTwoRevisions("stable");
const checked = "2026-11-21T10:20:00.000Z";
const paths = [
  "/stable/index.yaml",
  "/stable@latest/index.yaml",
  "/stable@latest-2/index.yaml",
  "/stable/alpha/index.yaml",
  "/stable@2026-11-02/index.yaml",
  "/stable@upstream/index.yaml",
  "/api/stable/charts",
  "/api/stable/charts/alpha/1.0.0",
];

describe("how fresh a repository is", () => {
  test.for(paths)("stands in the header of %s, for GET, HEAD and 304", async (path) => {
    const edge = edgeUnderTest({ config });
    for (const init of [{}, { method: "HEAD" }, { headers: { "If-None-Match": "*" } }]) {
      const response = await edge.request(path, init);
      expect(response.headers.get("chartkeep-checked")).toBe(checked);
      expect(response.headers.get("warning")).toBeNull();
      await response.bytes();
    }
  });

  test("comes with a warning while every source fails, which names none of them", async () => {
    const sources = [source("failing", early)];
    await env.BUCKET.put(statusKey("stable"), JSON.stringify({ ...healthyStatus, sources }));
    const response = await edgeUnderTest({ config }).request("/stable/index.yaml");
    expect(response.headers.get("warning")).toBe(
      '111 chartkeep "no source has answered well since 2026-11-21T08:00:00.000Z"',
    );
    expect(JSON.stringify([...response.headers])).not.toMatch(/upstream|secret|500/);
    await response.bytes();
    await env.BUCKET.put(statusKey("stable"), JSON.stringify(healthyStatus));
  });

  test("is read once a minute and repository, whatever is asked for", async () => {
    const log: string[] = [];
    let now = Date.parse("2026-12-24T00:00:00Z");
    const edge = edgeUnderTest({ config, bucket: counting(env.BUCKET, log), now: () => now });
    const reads = () => log.filter((line) => line.endsWith("/status")).length;
    for (const path of paths) await (await edge.request(path)).bytes();
    expect(reads()).toBe(1);
    now += 59_999;
    await (await edge.request("/stable/index.yaml")).bytes();
    expect(reads()).toBe(1);
    now += 1;
    await (await edge.request("/stable/index.yaml")).bytes();
    expect(reads()).toBe(2);
  });

  test.for([
    { name: "fails", bucket: failing(env.BUCKET) },
    { name: "hangs", bucket: hanging(env.BUCKET) },
  ])("is left out while R2 $name, and holds nobody up for long", async ({ bucket }) => {
    const edge = edgeUnderTest({ config, bucket, patience: 30_000 });
    const begin = Date.now();
    const response = await edge.request("/stable/index.yaml");
    expect(response.status).toBe(200);
    expect(response.headers.get("chartkeep-checked")).toBeNull();
    expect(Date.now() - begin).toBeLessThan(1_000);
    await response.bytes();
    const second = Date.now();
    await (await edge.request("/stable/index.yaml")).bytes();
    expect(Date.now() - second).toBeLessThan(80);
  });

  test("is left out where the status cannot be read as one", async () => {
    await env.BUCKET.put(statusKey("stable"), "{");
    const response = await edgeUnderTest({ config }).request("/stable/index.yaml");
    expect([response.status, response.headers.get("chartkeep-checked")]).toEqual([200, null]);
    await response.bytes();
    await env.BUCKET.put(statusKey("stable"), JSON.stringify(healthyStatus));
  });
});
