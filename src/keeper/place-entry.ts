import { type ChartEntry, indexLine } from "../helm/chart-entry.ts";
import { versionSortKey } from "../helm/version.ts";
import type { ArchiveAddress } from "../upstream/archive-source.ts";
import { archivePath } from "./archive-path.ts";
import type { Ledger } from "./ledger.ts";
import { mergeAddresses, place } from "./reconcile.ts";

const encoder = new TextEncoder();
/** Durable Objects refuse rows beyond 2 MB, and publishing holds some dozens of lines at a time. */
export const lineBytes = 256 * 1024;

/** As it will be listed; where the digest is not known yet, what will be completed once it is. */
export function encodeLine(entry: ChartEntry): Uint8Array {
  const { digest } = entry;
  return encoder.encode(
    digest === undefined ? entry.metadata : indexLine(entry, digest, archivePath(entry, digest)),
  );
}

export interface ShownEntry {
  entry: ChartEntry;
  line: Uint8Array;
  /** Where this source has the archive. */
  addresses: ArchiveAddress[];
  /** URL of the source that shows it. */
  source: string;
  /** URLs of all sources, the preferred one first. */
  order: readonly string[];
  /** The ledger is empty, or was when this read began: there is nothing to compare the entry with. */
  isFirst?: boolean;
  /** It was there when its source was first read: its age is what its publisher says. */
  wasThere: boolean;
  now: number;
}

/** Finds or makes the release that an entry means. @returns its row id */
export function placeEntry({ releases }: Ledger, shown: ShownEntry): number {
  const { entry, line, addresses, source, order, now } = shown;
  const sortKey = versionSortKey(entry.version) ?? entry.version;
  const siblings = shown.isFirst === true ? [] : releases.ofVersion(entry.chart, sortKey);
  const placement = place(entry.digest, siblings);
  if (placement.kind === "new") {
    return releases.add({ entry, sortKey, addresses, line, now, agedFrom: agedFrom(shown) });
  }
  const { id, digest, addresses: known } = placement.release;
  const merged = mergeAddresses(JSON.parse(known), addresses, order);
  const isPreferred = merged[0]?.source === source && digest === (entry.digest ?? null);
  releases.seenAgain(id, merged, isPreferred ? line : undefined);
  return id;
}

/**
 * Since when it counts as published: since the mirror saw it, because whoever has taken over a source can date a
 * release back. Only what the first read of a source shows may be older, or a new mirror would be empty for a while.
 */
function agedFrom({ entry, wasThere, now }: ShownEntry): number {
  const created = wasThere && entry.created !== undefined ? Date.parse(entry.created) : now;
  return Number.isNaN(created) ? now : Math.min(created, now);
}
