import type { ChartEntry, ParsedEntry } from "../../src/helm/chart-entry.ts";
import { type IndexLimits, type IndexOutcome, readIndex } from "../../src/helm/read-index.ts";

export const roomy: IndexLimits = {
  indexBytes: 64 * 1024 * 1024,
  entryBytes: 1024 * 1024,
  fallbackBytes: 2 * 1024 * 1024,
};

export interface Collected {
  outcome: IndexOutcome;
  parsed: ParsedEntry[];
  fingerprints: number[];
  restarts: number;
  cancelled: boolean;
}

/** A stream that hands out the bytes in chunks of a size, each in a buffer of its own. */
export function streamOf(bytes: Uint8Array, chunkSize: number, onCancel: () => void = () => {}) {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkSize));
      at += chunkSize;
    },
    cancel: onCancel,
  });
}

/** Reads an index to its end and parses every entry; `stopAfter` stops as a spent budget would. */
export async function collectEntries(
  source: string | Uint8Array,
  { limits = roomy, chunkSize = 65_536, stopAfter = Infinity } = {},
): Promise<Collected> {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  const collected: Collected = {
    outcome: { kind: "stopped" },
    parsed: [],
    fingerprints: [],
    restarts: 0,
    cancelled: false,
  };
  const body = streamOf(bytes, chunkSize, () => (collected.cancelled = true));
  collected.outcome = await readIndex(body, limits, {
    entry(raw) {
      if (collected.parsed.length >= stopAfter) return false;
      const parsed = raw.parse();
      collected.parsed.push(parsed);
      collected.fingerprints.push(raw.fingerprint);
      return true;
    },
    restart() {
      collected.restarts += 1;
      collected.parsed = [];
      collected.fingerprints = [];
    },
  });
  return collected;
}

/** `chart name version` of the usable entries, `chart: code` of the others. */
export function summary({ parsed }: Collected): string[] {
  return parsed.map((item) =>
    item.ok ? `${item.entry.chart} ${item.entry.version}` : `${item.chart}: ${item.code}`,
  );
}

export function usable({ parsed }: Collected): ChartEntry[] {
  return parsed.flatMap((item) => (item.ok ? [item.entry] : []));
}
