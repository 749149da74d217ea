import type { OciSourceConfig, RepositoryConfig } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import type { OciBucket } from "../storage/oci-store.ts";
import type { RequestMeter } from "../upstream/bounded-fetch.ts";
import type { OciRegistry } from "../upstream/oci-registry.ts";
import { backoffSeconds } from "./backoff.ts";
import type { Ledger } from "./ledger.ts";
import type { SourceRow } from "./sources-table.ts";

/** What reading a registry's tags, and looking at them again, works with. */
export interface TagReading {
  repository: string;
  config: RepositoryConfig;
  source: OciSourceConfig;
  row: SourceRow;
  registry: OciRegistry;
  ledger: Ledger;
  bucket: OciBucket;
  /** Blobs that this unit stores, by digest: signatures share them, and one lane brings each. */
  blobs: Map<string, Promise<void>>;
  meter: RequestMeter;
  /** Requests that are left to others in this unit. */
  reserve: number;
  /** Tags that may still be read in this unit. */
  entries: { left: number };
  /** Milliseconds since 1970 after which no further tag is begun. */
  deadline: number;
  now: () => number;
  log: Log;
}

export const mayGoOn = ({ meter, reserve, deadline, now }: TagReading): boolean =>
  meter.left > reserve && now() <= deadline;

/**
 * The registry's tags are left alone for as long as it asks, or ever longer. Listing them goes on: a list that
 * is answered does not show that manifests are.
 *
 * @param retryAfter seconds that the registry asked for
 */
export function pauseTags({ ledger, row, now }: TagReading, retryAfter: number | undefined): void {
  const { pauses, paused_until: until } = ledger.sources.byId(row.id);
  if (until > now()) return; // once, not for every request that was still on its way
  const seconds = Math.max(
    retryAfter ?? 30,
    backoffSeconds(pauses + 1, retryAfter === undefined ? 30 : 1, 900),
  );
  ledger.sources.paused(row.id, now() + seconds * 1000, retryAfter !== undefined);
}
