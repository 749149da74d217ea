import type { cachePolicy } from "../http/cache-policy.ts";
import type { Published } from "./snapshot.ts";
import type { Edits } from "./withdrawn-lines.ts";

/** The revision that a view shows, with what its answers have in common. */
export interface Viewed {
  repository: string;
  revision: Published;
  policy: keyof Pick<typeof cachePolicy, "index" | "snapshot">;
  /** A past revision, whose documents may be removed before the history says so. */
  mayBeGone?: boolean;
  /** Only so many of the newest versions; all of them where it is left out. */
  newest?: number;
  /** What is left out of it: withdrawn since it was published. */
  edits?: Edits;
}

/** Tells the entity tags of views apart that show more or less of the same. */
export function markOf({ newest }: Pick<Viewed, "newest">): string {
  if (newest === undefined) return "";
  return newest === 1 ? "-latest" : `-latest-${newest}`;
}

/** The part of entity tags that says what everything of the revision together is made of. */
export const tagOf = ({ revision, edits }: Pick<Viewed, "revision" | "edits">): string =>
  `${revision.revision}${edits?.mark ?? ""}`;

/** None where something is left out: what a client has of that date may have more. */
export function publicationDate({ revision, edits }: Pick<Viewed, "revision" | "edits">): Date | undefined {
  if (edits !== undefined) return undefined;
  const date = new Date(revision.publishedAt);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** What an answer made of it has to know of that. */
export const goneWith = ({ mayBeGone = false }: Pick<Viewed, "mayBeGone">): { mayBeGone: boolean } => ({
  mayBeGone,
});
