import type { Policies } from "../config/policies.ts";
import type { ArchiveAddress } from "../upstream/archive-source.ts";
import type { Problem } from "../storage/status.ts";
import type { ReleaseProblem } from "./release-figures.ts";
import type { PlacedRelease } from "./releases-table.ts";

/** What an entry of a source's index means, given what is known of its chart version. */
export type Placement =
  | { kind: "new" } // a version never seen, or other bytes of a known one
  | { kind: "known"; release: PlacedRelease };

/**
 * `releases`: what is known of the same chart version, the listed one first. An entry without a digest
 * cannot show that bytes changed, so it means the release that is known already.
 */
export function place(digest: string | undefined, releases: readonly PlacedRelease[]): Placement {
  const match = digest === undefined ? releases[0] : releases.find((release) => release.digest === digest);
  return match === undefined ? { kind: "new" } : { kind: "known", release: match };
}

/**
 * Where a release may be fetched, now that a source lists it at these addresses: what it said before is
 * replaced, what other sources say stays, and the preferred source comes first.
 *
 * @param order URLs of the sources, the preferred one first
 */
export function mergeAddresses(
  known: readonly ArchiveAddress[],
  fresh: readonly ArchiveAddress[],
  order: readonly string[],
): ArchiveAddress[] {
  const replaced = new Set(fresh.map(({ source }) => source));
  const merged = [...known.filter(({ source }) => !replaced.has(source) && order.includes(source)), ...fresh];
  return merged.toSorted((a, b) => order.indexOf(a.source) - order.indexOf(b.source));
}

export interface ReadSummary {
  /** Entries that can be used. */
  usable: number;
  dropped: number;
  /** Something stood behind the entries, so the end is really the end. */
  closed: boolean;
}

export interface Outage {
  code: string;
  message: string;
}

/**
 * A document can be a valid index and yet an accident: emptied by a publisher's race, or cut off exactly
 * between two entries. Both have happened to real repositories.
 */
export function judge(read: ReadSummary, before: { entries: number; closed: boolean }): Outage | undefined {
  if (read.usable === 0 && before.entries > 0) {
    const now = read.dropped > 0 ? `${read.dropped} entries, none of them usable` : "no entries";
    return { code: "emptied", message: `the index has ${now}; it had ${before.entries}` };
  }
  if (before.closed && !read.closed && read.usable < before.entries) {
    return {
      code: "truncated",
      message: `the index ends behind an entry, where it used to go on, and has ${read.usable} entries instead of ${before.entries}`,
    };
  }
  return undefined;
}

/**
 * What a release that failed, or that is not the one listed of its version, means to people. Two digests are a
 * conflict while different sources show them; otherwise a source published its version again.
 */
export function versionProblem(release: ReleaseProblem, change: Policies["change"]): Problem {
  const { chart, version, code, message, digest, listed_digest: listedDigest } = release;
  if (code !== null || digest === null || listedDigest === null) {
    return { chart, version, code: code ?? "unknown", message: message ?? "" };
  }
  const other = { digest, sources: sourcesOf(release.sources) };
  const listed = { digest: listedDigest, sources: sourcesOf(release.listed_sources) };
  const isConflict = other.sources.length > 0 && listed.sources.length > 0;
  const by = isConflict ? `${other.sources.join(", ")} has` : "published again with";
  return {
    chart,
    version,
    code: isConflict ? "conflict" : "re-released",
    message: `${by} other bytes: ${digest} beside ${listedDigest}, which ${change === "pin" ? "stays" : "is"} listed`,
    listed,
    other,
  };
}

function sourcesOf(json: string): string[] {
  const sources: string[] = JSON.parse(json);
  return sources;
}
