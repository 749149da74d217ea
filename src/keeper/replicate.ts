import type { Log } from "../observability/event.ts";
import type { Head } from "../storage/head.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";

export interface Replication {
  repository: string;
  ledger: Ledger;
  store: RevisionStore;
  log: Log;
}

/**
 * Brings KV in step with the published revision. R2 has it already, and readers fall back to R2, so a KV
 * that fails (as all of it did for hours in June 2025) delays nothing; it is tried again later.
 */
export async function replicate({ repository, ledger, store, log }: Replication): Promise<void> {
  const published = ledger.fact("published");
  if (ledger.fact("behind-kv") === undefined || published === undefined) return;
  try {
    const head: Head = JSON.parse(published);
    await store.replicate(head);
    ledger.remember("behind-kv", undefined);
  } catch (error) {
    log({ event: "kv-behind", repository, message: error instanceof Error ? error.message : String(error) });
  }
}
