import type { Problem } from "../storage/status.ts";
import type { Ledger } from "./ledger.ts";

/** What of our own storage fails, under the name that it has in the log; the ledger knows since when. */
type StorageFailure = "kv-behind" | "unit-failed";

/** The status is public, and what a store throws is for the log. */
const meanings: Record<StorageFailure, string> = {
  "kv-behind": "KV takes no writes: readers get what it took last, or are answered from R2",
  "unit-failed": "the sync breaks off: what is published stays served, and nothing newer is",
};

export function noteFailure(ledger: Ledger, failure: StorageFailure, now: number): void {
  if (ledger.fact(failure) === undefined) ledger.remember(failure, now);
}

/** @returns whether it had failed before */
export function noteSuccess(ledger: Ledger, failure: StorageFailure): boolean {
  if (ledger.fact(failure) === undefined) return false;
  ledger.remember(failure, undefined);
  return true;
}

/** Of no chart version: each stands for the whole repository. */
export function storageProblems(ledger: Ledger): Problem[] {
  const failures = ["unit-failed", "kv-behind"] as const;
  return failures.flatMap((code) => {
    const since = ledger.fact(code);
    if (since === undefined) return [];
    const message = `since ${new Date(Number(since)).toISOString()} ${meanings[code]}; the log says why`;
    return [{ chart: "", version: "", code, message }];
  });
}
