import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { statusKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { counting, failing } from "../support/watched-stores.ts";
import { noVersions, type RepositoryStatus } from "../../src/storage/status.ts";
import { toldPolicies } from "../support/told-policies.ts";

const known: RepositoryStatus = {
  revision: "0123456789abcdef0123456789abcdef",
  publishedAt: "2026-11-20T10:11:12Z",
  charts: 2,
  versions: { ...noVersions, listed: 3, stored: 4, pending: 1, failed: 1 },
  ...toldPolicies,
  archiveBytes: 12_345,
  mutations: 0,
  work: { count: 1, seconds: 0.1 },
  files: [],
  sources: [
    {
      url: "https://upstream.example/charts",
      kind: "http",
      state: "failing",
      checkedAt: "2026-11-20T10:20:00Z",
      succeededAt: "2026-11-20T10:10:00Z",
      changedAt: null,
      consecutiveFailures: 2,
      checks: { count: 1, seconds: 0.1 },
      error: { code: "http-status", message: "404 Not Found" },
      outage: null,
      versions: { shown: 0, listed: 0, only: 0 },
      registry: null,
    },
  ],
  problems: [{ chart: "alpha", version: "1.0.0", code: "mismatch", message: "other bytes" }],
  problemCount: 1,
  pinned: null,
  verify: null,
  integrityFailures: 0,
};
const unknown = {
  revision: null,
  publishedAt: null,
  charts: 0,
  versions: noVersions,
  sources: [{ url: "https://upstream.example/charts", kind: "http", state: "unknown", error: null }],
};
const config = {
  repositories: {
    known: repositoryConfig(),
    never: repositoryConfig(),
    garbled: repositoryConfig(),
    older: repositoryConfig(),
  },
};
await env.BUCKET.put(statusKey("known"), JSON.stringify(known));
await env.BUCKET.put(statusKey("garbled"), `{"revision":`);
await env.BUCKET.put(statusKey("older"), JSON.stringify({ revision: null, sources: {} }));

test("/status.json shows every repository, and an unreadable document costs that repository only", async () => {
  const response = await edgeUnderTest({ config }).request("/status.json");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("public, max-age=15, stale-if-error=0");
  expect(await response.json()).toMatchObject({
    repositories: {
      known,
      never: { ...unknown, problems: [], problemCount: 0 },
      garbled: { ...unknown, problems: [{ code: "status-unreadable" }], problemCount: 1 },
      older: { ...unknown, problems: [{ code: "status-unreadable" }] },
    },
  });
});

test("/status.json answers while storage fails", async () => {
  const broken = edgeUnderTest({ config, kv: failing(env.KV), bucket: failing(env.BUCKET) });
  const response = await broken.request("/status.json");
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ repositories: { known: { ...unknown, problemCount: 1 } } });
});

test("/status.json reads one document a repository", async () => {
  const log: string[] = [];
  const counted = edgeUnderTest({ config, bucket: counting(env.BUCKET, log) });
  await (await counted.request("/status.json")).text();
  expect(log.toSorted()).toEqual(
    ["garbled", "known", "never", "older"].map((name) => `get ${statusKey(name)}`),
  );
});
