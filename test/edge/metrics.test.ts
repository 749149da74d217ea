import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import packageFile from "../../package.json?raw";
import { metricsOf } from "../../src/edge/metrics.ts";
import { writePrometheusText } from "../../src/http/prometheus-text.ts";
import { statusKey } from "../../src/storage/keys.ts";
import type { RepositoryStatus, WithheldLosses } from "../../src/storage/status.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { toldPolicies } from "../support/told-policies.ts";
import { counting, failing } from "../support/watched-stores.ts";

const source: RepositoryStatus["sources"][number] = {
  url: "https://upstream.example/charts",
  kind: "http",
  state: "ok",
  checkedAt: "2026-11-20T10:20:00.500Z",
  succeededAt: "2026-11-20T10:20:00.500Z",
  changedAt: "2026-11-20T10:00:00Z",
  consecutiveFailures: 0,
  checks: { count: 12, seconds: 3.25 },
  error: null,
  outage: null,
  versions: { shown: 0, listed: 0, only: 0 },
  registry: null,
};
const known: RepositoryStatus = {
  revision: "0123456789abcdef0123456789abcdef",
  publishedAt: "2026-11-20T10:11:12Z",
  charts: 2,
  versions: {
    listed: 3,
    stored: 4,
    pending: 5,
    failed: 6,
    dropped: 7,
    hidden: 8,
    skipped: 9,
    unverified: 10,
    withdrawn: 11,
  },
  ...toldPolicies,
  pinned: null,
  verify: null,
  integrityFailures: 0,
  archiveBytes: 12_345,
  files: [],
  sources: [
    source,
    {
      ...source,
      url: "oci://registry.example/charts",
      kind: "oci",
      state: "failing",
      succeededAt: null,
      changedAt: null,
      consecutiveFailures: 2,
      error: { code: "refused", message: 'a "hostile"\nmessage' },
    },
    { ...source, url: "member:other", kind: "member", state: "unknown", checkedAt: null },
  ],
  problems: [{ chart: "alpha", version: "1.0.0", code: "mismatch", message: "other bytes" }],
  problemCount: 8,
  mutations: 9,
  work: { count: 20, seconds: 60.5 },
};
const config = {
  repositories: {
    known: repositoryConfig(),
    never: repositoryConfig(),
    garbled: repositoryConfig(),
  },
};
await env.BUCKET.put(statusKey("known"), JSON.stringify(known));
await env.BUCKET.put(statusKey("garbled"), `{"revision":`);

const metrics = async (under = edgeUnderTest({ config })) => (await under.request("/metrics")).text();
/** The samples of a metric, as they stand. */
const samples = (text: string, name: string) =>
  text.split("\n").filter((line) => new RegExp(`^${name}[{ ]`).test(line));

test("/metrics says of every source and repository what the status says", async () => {
  const response = await edgeUnderTest({ config }).request("/metrics");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("public, max-age=15, stale-if-error=0");
  const text = await response.text();
  const labels = 'repository="known",source="https://upstream.example/charts"';
  const oci = 'repository="known",source="oci://registry.example/charts"';
  for (const line of [
    `chartkeep_source_up{${labels}} 1`,
    `chartkeep_source_up{${oci}} 0`,
    `chartkeep_source_error_info{${oci},code="refused"} 1`,
    `chartkeep_source_consecutive_failures{${oci}} 2`,
    `chartkeep_source_last_check_timestamp_seconds{${labels}} 1795170000.5`,
    `chartkeep_source_last_success_timestamp_seconds{${labels}} 1795170000.5`,
    `chartkeep_source_last_change_timestamp_seconds{${labels}} 1795168800`,
    `chartkeep_check_duration_seconds_sum{${labels}} 3.25`,
    `chartkeep_check_duration_seconds_count{${labels}} 12`,
    `chartkeep_published_timestamp_seconds{repository="known"} 1795169472`,
    `chartkeep_charts{repository="known"} 2`,
    ...Object.entries(known.versions).map(
      ([state, count]) => `chartkeep_versions{repository="known",state="${state}"} ${count}`,
    ),
    `chartkeep_backlog_versions{repository="known"} 5`,
    `chartkeep_archive_bytes{repository="known"} 12345`,
    `chartkeep_withheld_versions{repository="known"} 0`,
    `chartkeep_mutated_versions{repository="known"} 9`,
    `chartkeep_integrity_failures{repository="known"} 0`,
    `chartkeep_problems{repository="known"} 8`,
    `chartkeep_unit_duration_seconds_sum{repository="known"} 60.5`,
    `chartkeep_unit_duration_seconds_count{repository="known"} 20`,
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(text).not.toContain("hostile");
});

test("what is not known has no sample, and an unreadable status is told", async () => {
  const text = await metrics();
  expect(samples(text, "chartkeep_status_readable")).toEqual([
    'chartkeep_status_readable{repository="known"} 1',
    'chartkeep_status_readable{repository="never"} 1',
    'chartkeep_status_readable{repository="garbled"} 0',
  ]);
  expect(samples(text, "chartkeep_source_up")).toHaveLength(2);
  expect(samples(text, "chartkeep_source_last_success_timestamp_seconds").join()).not.toContain("oci:");
  expect(samples(text, "chartkeep_charts")).toEqual([
    'chartkeep_charts{repository="known"} 2',
    'chartkeep_charts{repository="never"} 0',
  ]);
});

test("/metrics answers while storage fails", async () => {
  const broken = edgeUnderTest({ config, kv: failing(env.KV), bucket: failing(env.BUCKET) });
  const text = await metrics(broken);
  expect(samples(text, "chartkeep_status_readable").map((line) => line.at(-1))).toEqual(["0", "0", "0"]);
  expect(samples(text, "chartkeep_source_up")).toEqual([]);
});

test("/metrics reads one document a repository", async () => {
  const log: string[] = [];
  await metrics(edgeUnderTest({ config, bucket: counting(env.BUCKET, log) }));
  expect(log.toSorted()).toEqual(["garbled", "known", "never"].map((name) => `get ${statusKey(name)}`));
});

test("changes that are withheld and damaged archives are counted", () => {
  const since = "2026-11-20T10:11:12Z";
  const withheld: WithheldLosses = { count: 23, since, reason: "large-loss", followsAt: since };
  const status = { ...known, withheld, integrityFailures: 2 };
  const text = writePrometheusText(metricsOf([["a", status]]));
  expect(text).toContain('chartkeep_withheld_versions{repository="a"} 23\n');
  expect(text).toContain('chartkeep_integrity_failures{repository="a"} 2\n');
});

test("nothing in a label ends it", () => {
  const odd = { ...known, sources: [{ ...source, url: 'https://x.example/"}\n\\ 1' }] };
  const text = writePrometheusText(metricsOf([["a", odd]]));
  expect(text).toContain(String.raw`source="https://x.example/\"}\n\\ 1"} 1`);
});

test("the version is that of the package", async () => {
  const { version }: { version: string } = JSON.parse(packageFile);
  expect(await metrics()).toContain(`chartkeep_build_info{version="${version}"} 1\n`);
});
