/** `repositories/<name>/head`: which revision readers get. Small, moved last, by compare-and-swap in R2. */
export interface Head {
  /** 32 hexadecimal digits: a digest over everything that is listed, for Helm and for registry clients. */
  revision: string;
  /** RFC 3339. */
  publishedAt: string;
  /** Size of index.json in bytes. */
  bytes: number;
  /** Size of index.json.gz in bytes. */
  gzipBytes: number;
  /** Size of latest.json in bytes. */
  latestBytes: number;
  /** Size of latest.json.gz in bytes. */
  latestGzipBytes: number;
  charts: number;
  versions: number;
  /** Since when the operator holds the repository at this revision, whatever the sources have; RFC 3339. */
  pinned?: string;
  /** Of a pinned one: the revision whose place it took. What that listed is published again once it is let go. */
  insteadOf?: string;
  /** Number of the withdrawals (withdrawals.ts) up to which this publication lists nothing withdrawn; absent: 0. */
  withdrawals?: number;
}
