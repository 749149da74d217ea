/** `repositories/<name>/history`: which revisions are kept, the current one first; `/history.json` shows it. */
export interface History {
  revisions: PastRevision[];
}

/** One publication. Those of a first fill are left out, but for the current one. */
export interface PastRevision {
  revision: string;
  /** RFC 3339. */
  publishedAt: string;
  /** RFC 3339; null while it is the current one. */
  supersededAt: string | null;
  /** Sizes of its documents in bytes, as the head had them. */
  bytes: number;
  gzipBytes: number;
  charts: number;
  versions: number;
  /** Since when the operator held the repository at it; RFC 3339. */
  pinned?: string;
  /** As in the head. */
  withdrawals?: number;
  /** Chart versions that this publication listed, listed otherwise, or listed no longer. */
  added: VersionList;
  changed: VersionList;
  hidden: VersionList;
}

export interface VersionList {
  count: number;
  /** The first ones in the order of the index, at most `versionsNamed`; none in the past of a long history. */
  versions: { chart: string; version: string }[];
}

export const versionsNamed = 50;
