import type { PlacedRelease } from "./releases-table.ts";

/** What an entry of a source's index means, given what is known of its chart version. */
export type Placement =
  | { kind: "new" } // a version never seen, or other bytes of a known one
  | { kind: "known"; release: number };

/**
 * `releases`: what is known of the same chart version, the listed one first. An entry without a digest
 * cannot show that bytes changed, so it means the release that is known already.
 */
export function place(digest: string | undefined, releases: readonly PlacedRelease[]): Placement {
  const match = digest === undefined ? releases[0] : releases.find((release) => release.digest === digest);
  return match === undefined ? { kind: "new" } : { kind: "known", release: match.id };
}

/**
 * `change: pin`: the digest that was listed first stays, whatever comes later. People have it in lock files,
 * and a release that changes behind one's back is an accident or an attack.
 */
export function mayList(siblings: readonly PlacedRelease[]): boolean {
  return siblings.every((release) => release.listed === 0);
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
