import { env } from "cloudflare:test";
import type { Config, RepositoryConfig } from "../../src/config/config.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import { createEdge } from "../../src/edge/app.ts";
import type { RequestFailed } from "../../src/edge/edge-parts.ts";
import { ContentsMemo } from "../../src/storage/contents-memo.ts";
import { failoverDocuments } from "../../src/storage/failover-documents.ts";
import { kvDocuments } from "../../src/storage/kv-documents.ts";
import { r2Archives } from "../../src/storage/r2-archives.ts";
import { r2Documents } from "../../src/storage/r2-documents.ts";
import { WithdrawalsMemo } from "../../src/storage/withdrawals-memo.ts";

export interface EdgeOptions {
  config?: Pick<Config, "root" | "repositories">;
  kv?: Pick<KVNamespace, "get">;
  bucket?: Pick<R2Bucket, "get" | "head">;
  /** Milliseconds for each store. */
  patience?: number;
  /** Milliseconds since 1970; by default long after what `storeRepository` says of its time. */
  now?: () => number;
}

export interface EdgeUnderTest {
  /** @param path with its query, or a whole URL */
  request(path: string, init?: RequestInit): Promise<Response>;
  failures: RequestFailed[];
}

/** The whole reading side on real KV and R2, or on what stands in for one of them. */
export function edgeUnderTest(options: EdgeOptions = {}): EdgeUnderTest {
  const failures: RequestFailed[] = [];
  const bucket = options.bucket ?? env.BUCKET;
  const kv = kvDocuments(options.kv ?? env.KV);
  const r2 = r2Documents(bucket);
  const patience = options.patience ?? 5_000;
  const limits = { first: patience, second: patience };
  const now = options.now ?? (() => Date.parse("2026-12-24T00:00:00Z"));
  const app = createEdge({
    config: options.config ?? { repositories: { stable: repositoryConfig() } },
    documents: { near: failoverDocuments(kv, r2, limits), origin: failoverDocuments(r2, kv, limits) },
    contents: new ContentsMemo(1_000_000),
    withdrawals: new WithdrawalsMemo(
      { origin: r2, copy: kv },
      now,
      (work) => void work.catch(() => undefined),
    ),
    archives: r2Archives(bucket, patience),
    now,
    waitUntil: (work) => void work.catch(() => undefined),
    report: (failure) => failures.push(failure),
  });
  return {
    failures,
    request: async (path, init) => app.request(new URL(path, "https://charts.example").href, init),
  };
}

export function repositoryConfig(files: string[] = []): RepositoryConfig {
  return {
    sources: [{ kind: "http" as const, url: "https://upstream.example/charts", files, rewrites: [] }],
    interval: 600,
    history: 86_400,
    budget: { entries: 100, archives: 10, subrequests: 40 },
    limits: {
      indexBytes: 1e8,
      archiveBytes: 1e8,
      fileBytes: 1e6,
      indexSeconds: 60,
      archiveSeconds: 60,
    },
    policies: defaultPolicies,
    notify: { failures: 3, webhooks: [] },
  };
}

/** Header fields that pages of other origins may read. */
export const exposed =
  "Accept-Ranges, Chartkeep-Checked, Chartkeep-Revision, Content-Length, Content-Range, ETag, Retry-After, Warning";
