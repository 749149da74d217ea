import type { Head } from "../storage/head.ts";
import type { History } from "../storage/history.ts";
import type { Snapshot } from "./view.ts";

/** What is to know of a revision to serve it. The head knows all; the history does not know the sizes of `latest`. */
export type Published = Pick<Head, "revision" | "publishedAt" | "bytes" | "gzipBytes" | "withdrawals"> &
  Partial<Pick<Head, "latestBytes" | "latestGzipBytes">>;

/**
 * Which of the revisions that are known a snapshot means. The history is written behind the head, so it may
 * lack the current one, or still take the one before it for current.
 *
 * At an instant the revision published last before it was current; where that one is not kept (of a first fill
 * only the last one is), there is none, and never another one in its place.
 */
export function findSnapshot(snapshot: Snapshot, head: Head, { revisions }: History): Published | undefined {
  if (snapshot.kind === "revision") {
    const { revision } = snapshot;
    return head.revision === revision ? head : revisions.find((past) => past.revision === revision);
  }
  const before = [{ ...head, supersededAt: null }, ...revisions]
    .filter(({ publishedAt }) => Date.parse(publishedAt) <= snapshot.at)
    .toSorted((a, b) => Date.parse(b.publishedAt) - Date.parse(a.publishedAt));
  const [last] = before;
  const wasOver = last?.supersededAt != null && Date.parse(last.supersededAt) <= snapshot.at;
  return wasOver ? undefined : last;
}

/** Since when revisions are kept; RFC 3339. */
export function keptSince(head: Head, { revisions }: History): string {
  const times = [head, ...revisions].map(({ publishedAt }) => Date.parse(publishedAt));
  const oldest = Math.min(...times.filter((time) => !Number.isNaN(time)));
  return Number.isFinite(oldest) ? new Date(oldest).toISOString() : head.publishedAt;
}
