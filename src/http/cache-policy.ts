/**
 * How long every kind of answer may be kept, in one place. Workers Cache stands before the Worker and obeys
 * these lines; what says nothing it would keep all the same (a 200 for two hours), so whatever is not listed
 * here is `none`.
 *
 * - No `s-maxage` and no `must-revalidate`: both switch stale-while-revalidate off there.
 * - Without `stale-if-error` the platform serves a stale answer for as long as the Worker fails with a 5xx.
 *   That is what an index should do, and not what a status should do.
 * - The host is not part of the cache's key, and pages print it: they stay out of shared caches.
 * - A purge after publishing shortens the wait, but nothing may depend on it: it is rate-limited, and absent
 *   when the Worker runs locally. So an index is at most six minutes old without one.
 */
export const cachePolicy = {
  index: "public, max-age=60, stale-while-revalidate=300",
  /** A past state. It does not change, but an operator may withdraw a version, so it is not kept for ever. */
  snapshot: "public, max-age=3600, stale-while-revalidate=86400",
  /** The gzip form where the cache cannot tell who asked for it: see `chooseForm`. */
  indexForOne: "private, max-age=60",
  /** Named by its digest. `no-transform`, because a .tgz that somebody compresses again breaks clients. */
  byDigest: "public, max-age=31536000, immutable, no-transform",
  conventional: "public, max-age=300, stale-while-revalidate=3600, no-transform",
  /** A refusal of what is withdrawn: reinstating purges it, and should that fail it is soon forgotten. */
  withdrawn: "public, max-age=60",
  file: "public, max-age=300, stale-while-revalidate=3600",
  status: "public, max-age=15, stale-if-error=0",
  page: "private, max-age=15",
  none: "no-store",
} as const;
