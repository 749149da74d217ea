import type { RepositoryConfig } from "../config/config.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Which releases have to wait, because a source that is preferred to theirs may still show other bytes of the
 * same version: what is copied first is listed, and stays.
 */
export interface Preference {
  /** URLs of the sources, the preferred one first. */
  order: string[];
  /** Positions of those whose check is still going on. */
  coming: number[];
  /** Row and position of the registries whose tags are being read. */
  reading: [row: number, position: number][];
}

/** undefined: there is a single source. */
export function preferenceOf(ledger: Ledger, config: RepositoryConfig, now: number): Preference | undefined {
  const { sources } = config;
  if (sources.length === 1) return undefined;
  const preference: Preference = { order: sources.map(({ url }) => url), coming: [], reading: [] };
  for (const [position, source] of sources.entries()) {
    const { row } = ledger.sources.open(source, config.limits);
    // One that fails, or that asked for a pause, keeps nobody waiting.
    if (row.state !== "failing" && row.next_check <= now) preference.coming.push(position);
    if (source.kind === "oci" && row.state === "ok" && row.paused_until <= now) {
      preference.reading.push([row.id, position]);
    }
  }
  return preference;
}
