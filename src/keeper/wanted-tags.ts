import type { Policies } from "../config/policies.ts";
import { newestVersions } from "../helm/version-ranks.ts";
import { signatureSubject, versionOfTag } from "../oci/reference.ts";
import { selectionOf } from "./selection.ts";
import type { KnownTag, ListedTag } from "./tags-table.ts";

/** Of a chart's tags, those that are worth reading: what is not mirrored would cost two requests a tag. */
export type WantedTags = (
  chart: string,
  tags: readonly ListedTag[],
  known: ReadonlyMap<string, KnownTag>,
) => Set<string>;

/**
 * Versions that `include` and `exclude` let in, and of these as many of the newest as `keepNewest` says: one that is
 * found to be of no use, or to wait, leaves its place to the next. Of what is kept beside versions, what refers to one
 * that was read.
 */
export function wantedTags(policies: Pick<Policies, "include" | "exclude" | "keepNewest">): WantedTags {
  const { include, exclude, keepNewest } = policies;
  if (include.length + exclude.length === 0 && keepNewest === undefined) return allTags;
  const selection = selectionOf(policies);
  return (chart, tags, known) => {
    const wanted = new Set<string>();
    const newest = newestVersions(keepNewest);
    for (const { tag } of tags.filter(isVersion).toSorted(newestFirst)) {
      const version = versionOfTag(tag);
      if (!selection.has(chart, version)) continue;
      if (!newest.isBeyond(version)) wanted.add(tag);
      if (known.get(tag)?.counts !== false) newest.count(version);
    }
    const manifests = new Set(Array.from(known.values(), ({ manifest }) => manifest));
    for (const { tag } of tags.filter((one) => !isVersion(one))) {
      const subject = signatureSubject(tag);
      if (subject === undefined || manifests.has(subject)) wanted.add(tag);
    }
    return wanted;
  };
}

const allTags: WantedTags = (_chart, tags) => new Set(tags.map(({ tag }) => tag));

const isVersion = ({ sortKey }: ListedTag): boolean => sortKey !== undefined;

const newestFirst = (a: ListedTag, b: ListedTag): number => ((a.sortKey ?? "") < (b.sortKey ?? "") ? 1 : -1);
