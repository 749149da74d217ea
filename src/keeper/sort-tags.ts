import { versionSortKey } from "../helm/version.ts";
import { artifactHubTag, signatureSubject, versionOfTag } from "../oci/reference.ts";
import type { ListedTag } from "./tags-table.ts";

/**
 * What a chart's tags are good for: chart versions as Helm takes them, and what belongs to them (signatures
 * and attestations under the tag scheme, Artifact Hub's metadata). The rest are only counted: `latest`, builds;
 * and versions that are not to be mirrored.
 */
export function sortTags(
  tags: Iterable<string>,
  isSelected: (version: string) => boolean,
): { useful: ListedTag[]; ignored: number; skipped: number } {
  const useful: ListedTag[] = [];
  let ignored = 0;
  let skipped = 0;
  for (const tag of tags) {
    const version = versionOfTag(tag);
    const sortKey = versionSortKey(version);
    const isKept = signatureSubject(tag) !== undefined || tag === artifactHubTag;
    if (sortKey === undefined && !isKept) ignored += 1;
    else if (sortKey !== undefined && !isSelected(version)) skipped += 1;
    else useful.push({ tag, sortKey });
  }
  return { useful, ignored, skipped };
}
