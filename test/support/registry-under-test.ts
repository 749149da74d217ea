import { env } from "cloudflare:test";
import type { Config } from "../../src/config/config.ts";
import { createRegistry } from "../../src/registry/app.ts";
import type { RegistryRequestFailed } from "../../src/registry/registry-parts.ts";
import { ContentsMemo } from "../../src/storage/contents-memo.ts";
import { failoverDocuments } from "../../src/storage/failover-documents.ts";
import { kvDocuments } from "../../src/storage/kv-documents.ts";
import { r2Archives } from "../../src/storage/r2-archives.ts";
import { r2Documents } from "../../src/storage/r2-documents.ts";
import { WithdrawalsMemo } from "../../src/storage/withdrawals-memo.ts";
import { repositoryConfig } from "./edge-under-test.ts";

export interface RegistryOptions {
  config?: Pick<Config, "root" | "repositories">;
  kv?: Pick<KVNamespace, "get">;
  bucket?: Pick<R2Bucket, "get" | "head">;
  /** Milliseconds for each store. */
  patience?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface RegistryUnderTest {
  /** @param path below `/v2/`, or a whole URL */
  request(path: string, init?: RequestInit): Promise<Response>;
  failures: RegistryRequestFailed[];
}

/** The registry's API on real KV and R2, or on what stands in for one of them. */
export function registryUnderTest(options: RegistryOptions = {}): RegistryUnderTest {
  const failures: RegistryRequestFailed[] = [];
  const bucket = options.bucket ?? env.BUCKET;
  const kv = kvDocuments(options.kv ?? env.KV);
  const r2 = r2Documents(bucket);
  const patience = options.patience ?? 5_000;
  const limits = { first: patience, second: patience };
  const now = options.now ?? (() => Date.parse("2026-12-24T00:00:00Z"));
  const app = createRegistry({
    config: options.config ?? { repositories: { stable: repositoryConfig() } },
    documents: { near: failoverDocuments(kv, r2, limits), origin: failoverDocuments(r2, kv, limits) },
    contents: new ContentsMemo(1_000_000),
    withdrawals: new WithdrawalsMemo(
      { origin: r2, copy: kv },
      now,
      (work) => void work.catch(() => undefined),
    ),
    archives: r2Archives(bucket, patience),
    report: (failure) => failures.push(failure),
  });
  return {
    failures,
    request: async (path, init) =>
      app.request(path.includes("://") ? path : new URL(`/v2/${path}`, "https://charts.example").href, init),
  };
}

/** The code in an answer that is shaped as the distribution-spec wants errors ("Error Codes"). */
export async function errorCode(response: Response): Promise<string | undefined> {
  const { errors }: { errors: { code: string; message: string }[] } = await response.json();
  return errors.length === 1 && errors[0]?.message !== "" ? errors[0]?.code : undefined;
}
