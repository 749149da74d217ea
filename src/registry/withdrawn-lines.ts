import { tagOfVersion, versionOfTag } from "../oci/reference.ts";
import type { RegistryVersion } from "../storage/registry-lines.ts";
import {
  isWithdrawnBy,
  type Withdrawal,
  type Withdrawals,
  withdrawnArchive,
  withdrawnVersion,
} from "../storage/withdrawals.ts";
import { findSynthetic, parseLine } from "./registry-line.ts";
import type { ChartName } from "./resolve-request.ts";

/** A chart's lines of registry.txt, apart. */
export interface SortedLines {
  /** What is there. */
  text: string;
  /** Versions that are withdrawn. */
  withdrawn: string;
}

/**
 * Takes withdrawn versions out of a chart's lines, and what is kept beside their manifests.
 *
 * @param entries withdrawn since the lines were published
 * @throws StorageUnavailable for what is no such line
 */
export function sortLines(
  text: string,
  { repository, chart }: Pick<ChartName, "repository" | "chart">,
  entries: readonly Withdrawal[],
): SortedLines {
  if (entries.length === 0) return { text, withdrawn: "" };
  const isOut = (line: RegistryVersion): boolean => {
    const listed = { repository, chart, version: versionOfTag(line.tag), digest: line.archive.digest };
    return entries.some((entry) => isWithdrawnBy(entry, listed));
  };
  const manifests = new Set<string | undefined>();
  const sorted = { text: "", withdrawn: "" };
  // Versions stand before what is kept beside them.
  for (const part of text.split("\n").filter((one) => one !== "")) {
    const line = parseLine(part);
    if (line.kind === "version" && isOut(line)) {
      sorted.withdrawn += `${part}\n`;
      const { original, synthetic } = line;
      for (const digest of [original, synthetic.manifest, synthetic.withoutProvenance]) manifests.add(digest);
    } else if (line.kind !== "kept" || line.subject === undefined || !manifests.has(line.subject)) {
      sorted.text += `${part}\n`;
    }
  }
  return sorted;
}

/** Why there is no such tag (any more), if that is why. */
export const withdrawnTag = (
  withdrawals: Withdrawals,
  name: ChartName,
  tag: string,
): Withdrawal | undefined =>
  withdrawnVersion(
    withdrawals,
    name.repository,
    (chart, version) => chart === name.chart && tagOfVersion(version) === tag,
  );

/** The same of a document that was made for a version: in each repository it may have another digest. */
export function withdrawnSynthetic(
  withdrawals: Withdrawals,
  { withdrawn }: Pick<SortedLines, "withdrawn">,
  digest: string,
): Withdrawal | undefined {
  const version = findSynthetic(withdrawn, digest);
  return version && withdrawnArchive(withdrawals, version.archive.digest);
}
