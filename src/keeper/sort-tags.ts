import { versionSortKey } from "../helm/version.ts";
import { artifactHubTag, signatureSubject, versionOfTag } from "../oci/reference.ts";
import type { ListedTag } from "./tags-table.ts";

/**
 * What a chart's tags are good for: chart versions as Helm takes them, and what belongs to them (signatures
 * and attestations under the tag scheme, Artifact Hub's metadata). The rest are only counted: `latest`, builds.
 */
export function sortTags(tags: Iterable<string>): { useful: ListedTag[]; ignored: number } {
  const useful: ListedTag[] = [];
  let ignored = 0;
  for (const tag of tags) {
    const sortKey = versionSortKey(versionOfTag(tag));
    const isKept = signatureSubject(tag) !== undefined || tag === artifactHubTag;
    if (sortKey === undefined && !isKept) ignored += 1;
    else useful.push({ tag, sortKey });
  }
  return { useful, ignored };
}
