import type { RepositoryConfig } from "../config/config.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The operator wants every source asked, whatever the interval and back-offs say, once: a source that asked for a
 * pause, too. Its tags and archives, which are many requests, wait as long as it asked for. At the beginning of a
 * unit: a check that was under way when the operator asked is not the one meant.
 */
export function askEverySource(ledger: Ledger, config: RepositoryConfig, now: number): void {
  if (ledger.fact("sync-asked") === undefined) return;
  ledger.transaction(() => {
    for (const source of config.sources) {
      const { row } = ledger.sources.open(source, config.limits);
      ledger.sources.postponed(row.id, Math.min(row.next_check, now));
      ledger.sources.resumed(row.id);
    }
    if (ledger.fact("copy-pause-asked") === undefined) ledger.remember("copy-pause", undefined);
    ledger.remember("sync-asked", undefined);
  });
}
