import { env } from "cloudflare:test";
import { sha256 } from "../../src/storage/archive-store.ts";
import { fileKey, statusKey, upstreamIndexKey } from "../../src/storage/keys.ts";
import { repositoryConfig } from "./edge-under-test.ts";
import { storeHistory, storeRepository, type StoredRepository } from "./stored-repository.ts";
import { noVersions, type RepositoryStatus } from "../../src/storage/status.ts";
import { toldPolicies } from "./told-policies.ts";

export const oldRevision = "0a".repeat(16);
export const newRevision = "0b".repeat(16);
export const upstreamText = "apiVersion: v1\nentries: {}\ngenerated: 2026-11-20T10:00:00Z\n";

export interface TwoRevisions {
  old: StoredRepository;
  current: StoredRepository;
}

/**
 * A repository with two revisions, published on 1 and 20 November 2026, that has everything: signed versions,
 * pre-releases, a small file, the index of its source, a history and a status.
 */
export async function storeTwoRevisions(name: string): Promise<TwoRevisions> {
  const stores = { kv: env.KV, bucket: env.BUCKET };
  const before = { alpha: { versions: ["1.0.0"], signed: ["1.0.0"] }, gone: { versions: ["0.1.0"] } };
  const old = await storeRepository(stores, name, before, oldRevision, "2026-11-01T12:00:00.500Z");
  const now = {
    "10": { versions: ["1.0.0"] },
    alpha: {
      versions: ["2.0.0-rc.2", "2.0.0-rc.1", "1.1.0", "1.0.0", "0.9.0+up1"],
      signed: ["1.1.0", "1.0.0"],
      description: 'An "alpha", with lines {"version":"9.9.9"}',
    },
    constructor: { versions: ["3.0.0", "2.0.0", "1.0.0"] },
    žluť: { versions: ["0.1.0"], description: "ľščťžýáíé".repeat(50) },
  };
  const current = await storeRepository(stores, name, now, newRevision, "2026-11-20T12:00:00.500Z");
  await storeHistory(env.BUCKET, name, [current, old]);
  await env.BUCKET.put(statusKey(name), JSON.stringify(healthyStatus));
  await env.BUCKET.put(fileKey(name, "artifacthub-repo.yml"), "repositoryID: 1\n");
  const listed = Object.values(current.charts).flat();
  const digests = listed.map(({ digest }) => `# digest: ${digest}\n`);
  await storeUpstreamIndex(name, `${upstreamText}${digests.join("")}`);
  return { old, current };
}

/** Of the source that `repositoryConfig` names. */
export async function storeUpstreamIndex(name: string, text: string, url = sourceUrl): Promise<void> {
  const key = upstreamIndexKey(name, await sha256(new Uint8Array(new TextEncoder().encode(url))));
  await env.BUCKET.put(key, text, { customMetadata: { url, fetchedAt: "2026-11-20T11:59:58.123Z" } });
}

const sourceUrl = repositoryConfig().sources[0]?.url ?? "";

export const healthyStatus: RepositoryStatus = {
  revision: newRevision,
  publishedAt: "2026-11-20T12:00:00.500Z",
  charts: 4,
  versions: { ...noVersions, listed: 10, stored: 10 },
  ...toldPolicies,
  archiveBytes: 12_345,
  mutations: 0,
  work: { count: 1, seconds: 0.1 },
  files: [],
  sources: [
    {
      url: sourceUrl,
      kind: "http",
      state: "ok",
      checkedAt: "2026-11-21T10:20:00Z",
      succeededAt: "2026-11-21T10:20:00Z",
      changedAt: null,
      consecutiveFailures: 0,
      checks: { count: 1, seconds: 0.1 },
      error: null,
      outage: null,
      versions: { shown: 10, listed: 10, only: 10 },
      registry: null,
    },
  ],
  problems: [],
  problemCount: 0,
  pinned: null,
  verify: null,
  integrityFailures: 0,
};

/** What the views of the repository list, by chart. */
export const all = {
  "10": ["1.0.0"],
  alpha: ["2.0.0-rc.2", "2.0.0-rc.1", "1.1.0", "1.0.0", "0.9.0+up1"],
  constructor: ["3.0.0", "2.0.0", "1.0.0"],
  žluť: ["0.1.0"],
};
export const newest = {
  "10": ["1.0.0"],
  alpha: ["2.0.0-rc.2", "1.1.0"],
  constructor: ["3.0.0"],
  žluť: ["0.1.0"],
};
export const newestTwo = {
  ...newest,
  alpha: ["2.0.0-rc.2", "2.0.0-rc.1", "1.1.0", "1.0.0"],
  constructor: ["3.0.0", "2.0.0"],
};
export const before = { alpha: ["1.0.0"], gone: ["0.1.0"] };

/** Base URL, as users add it to Helm, where `stable` is the root repository. */
export const views: [string, Record<string, string[]>][] = [
  ["/stable", all],
  ["/stable/alpha", { alpha: all.alpha }],
  ["/stable/10", { "10": all["10"] }],
  ["/stable/constructor", { constructor: all.constructor }],
  [`/stable/${encodeURIComponent("žluť")}`, { žluť: all.žluť }],
  ["/stable@latest", newest],
  ["/stable@latest-1", newest],
  ["/stable@latest-2", newestTwo],
  ["/stable@latest-10", all],
  ["/stable@latest/alpha", { alpha: newest.alpha }],
  ["/stable@latest-2/constructor", { constructor: newestTwo.constructor }],
  [`/stable@latest-3/${encodeURIComponent("žluť")}`, { žluť: all.žluť }],
  [`/stable@${newRevision}`, all],
  [`/stable@${oldRevision}`, before],
  [`/stable@${oldRevision}/gone`, { gone: before.gone }],
  ["/stable@2026-11-02", before],
  ["/stable@2026-11-20", before],
  ["/stable@2026-11-21", all],
  ["/stable@2026-11-02/alpha", { alpha: before.alpha }],
  ["/stable@2026-11-20T12:00:00Z", before],
  ["/stable@2026-11-20T12:00:00.5Z", all],
  ["/stable@2026-11-20T14:30:00+02:00", all],
  ["/stable@2026-11-20T12%3A00%3A00%2B02%3A00", before],
  ["", all],
  ["/alpha", { alpha: all.alpha }],
  ["/@latest", newest],
  ["/@2026-11-02/gone", { gone: before.gone }],
];
