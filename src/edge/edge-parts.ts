import type { Config } from "../config/config.ts";
import type { Refusal } from "../http/refusals.ts";
import type { ArchiveReader } from "../storage/archives.ts";
import type { ContentsMemo } from "../storage/contents-memo.ts";
import type { Documents } from "../storage/current-revision.ts";
import type { WithdrawalsMemo } from "../storage/withdrawals-memo.ts";
import type { EditsMemo } from "./edits-memo.ts";
import type { FreshnessMemo } from "./freshness.ts";

/** A request that failed on our side; the answer says nothing of it. */
export interface RequestFailed {
  event: "request-failed";
  method: string;
  /** As it came, still percent-encoded; at most 200 characters. */
  path: string;
  code: Refusal["code"];
  error: unknown;
}

/** What the reading side needs. Nothing in it can write, and nothing reaches an upstream. */
export interface EdgeParts {
  config: Pick<Config, "root" | "repositories">;
  documents: Documents;
  /** Shared by everything that reads. */
  contents: ContentsMemo;
  /** The same. */
  withdrawals: WithdrawalsMemo;
  archives: ArchiveReader;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Lets work go on behind the answer that began it. */
  waitUntil: (work: Promise<unknown>) => void;
  report: (failure: RequestFailed) => void;
}

/** With what is remembered from one request to the next. */
export interface Edge extends EdgeParts {
  freshness: FreshnessMemo;
  edits: EditsMemo;
}
