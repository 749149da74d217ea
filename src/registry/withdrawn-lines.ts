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
 * Takes withdrawn versions out of a chart's lines. Signatures and the like stay, as in what is published: they are
 * no versions, and harm nobody.
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
  const sorted = { text: "", withdrawn: "" };
  for (const part of text.split("\n").filter((one) => one !== "")) {
    const line = parseLine(part);
    sorted[line.kind === "version" && isOut(line) ? "withdrawn" : "text"] += `${part}\n`;
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
