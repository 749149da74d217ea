import type { Config } from "../config/config.ts";
import type { ArchiveReader } from "../storage/archives.ts";
import type { ContentsMemo } from "../storage/contents-memo.ts";
import type { Documents } from "../storage/current-revision.ts";
import type { WithdrawalsMemo } from "../storage/withdrawals-memo.ts";
import type { RegistryRefusal } from "./refusals.ts";

/** A request that failed on our side; the answer says nothing of it. */
export interface RegistryRequestFailed {
  event: "request-failed";
  method: string;
  /** As it came, still percent-encoded; at most 200 characters. */
  path: string;
  code: RegistryRefusal["code"];
  error: unknown;
}

/** What `/v2/` needs. Nothing in it can write, and nothing reaches an upstream. */
export interface RegistryParts {
  config: Pick<Config, "root" | "repositories">;
  documents: Documents;
  contents: ContentsMemo;
  withdrawals: WithdrawalsMemo;
  archives: ArchiveReader;
  report: (failure: RegistryRequestFailed) => void;
}
