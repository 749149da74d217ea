import { type Log, messageOf } from "../observability/event.ts";
import type { Head } from "../storage/head.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { noteFailure, noteSuccess } from "./storage-problems.ts";

export interface Replication {
  repository: string;
  ledger: Ledger;
  store: RevisionStore;
  now: () => number;
  log: Log;
}

const retrySeconds = 30;

/**
 * Brings KV in step with the published revision. R2 has it already, and readers fall back to R2, so a KV
 * that fails (as all of it did for hours in June 2025) delays nothing; it is tried again later.
 */
export async function replicate({ repository, ledger, store, now, log }: Replication): Promise<void> {
  const due = ledger.fact("kv-due");
  const published = ledger.fact("published");
  if (due === undefined || Number(due) > now() || published === undefined) return;
  try {
    const head: Head = JSON.parse(published);
    await store.replicate(head);
    ledger.remember("kv-due", undefined);
    noteSuccess(ledger, "kv-behind");
  } catch (error) {
    ledger.remember("kv-due", now() + retrySeconds * 1000);
    noteFailure(ledger, "kv-behind", now());
    log({ event: "kv-behind", repository, message: messageOf(error) });
  }
}
