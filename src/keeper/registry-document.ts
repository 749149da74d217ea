import { tagOfVersion } from "../oci/reference.ts";
import type {
  KeptDescriptor,
  KeptManifest,
  RegistryLine,
  RegistryVersion,
  SyntheticDigests,
} from "../storage/registry-lines.ts";
import type { ListedLine } from "./listing-table.ts";
import type { KeptRow } from "./kept-table.ts";

/**
 * A chart version as registry clients see it.
 *
 * @param offset of its line in index.json
 * @returns `undefined` while it is not known what its manifest would be
 */
export function registryVersion(listed: ListedLine, offset: number): RegistryVersion | undefined {
  if (listed.artifact === null) return undefined;
  const synthetic: SyntheticDigests = JSON.parse(listed.artifact);
  return {
    kind: "version",
    tag: tagOfVersion(listed.version),
    archive: { digest: listed.digest, size: listed.size },
    line: { offset, length: listed.line.byteLength },
    ...(listed.manifest === null ? {} : { original: listed.manifest }),
    synthetic,
  };
}

/**
 * What is kept beside a chart's versions, each manifest once. A tag may have led to several manifests, in one
 * registry after another or in several: it leads to the first one, and the others are found by what they refer to.
 *
 * @param rows those of the preferred source first, and of one source the latest first
 */
export function keptManifests(rows: readonly KeptRow[]): KeptManifest[] {
  const byTag = new Map<string, KeptRow>();
  const withoutTag = new Map<string, KeptRow>();
  for (const row of rows) {
    const isTag = !row.reference.includes(":");
    if (isTag && !byTag.has(row.reference)) byTag.set(row.reference, row);
    else withoutTag.set(row.manifest, row);
  }
  for (const { manifest } of byTag.values()) withoutTag.delete(manifest);
  return [
    ...sorted(byTag).map(([tag, row]) => keptManifest(row, tag)),
    ...sorted(withoutTag).map(([, row]) => keptManifest(row, undefined)),
  ];
}

/** Not in the order of the rows, of which a Keeper that has lost its ledger no longer knows all references. */
const sorted = (rows: ReadonlyMap<string, KeptRow>): [string, KeptRow][] =>
  [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1));

function keptManifest({ subject, descriptor }: KeptRow, tag: string | undefined): KeptManifest {
  const described: KeptDescriptor = JSON.parse(descriptor);
  return {
    kind: "kept",
    ...(tag === undefined ? {} : { tag }),
    ...(subject === null ? {} : { subject }),
    descriptor: described,
  };
}

export const registryText = (line: RegistryLine): string => `${JSON.stringify(line)}\n`;

/** A manifest that another Keeper, or one before this one, has kept: as this ledger keeps it. */
export const keptRow = (chart: string, { tag, subject, descriptor }: KeptManifest): KeptRow => ({
  chart,
  reference: tag ?? `sha256:${subject ?? descriptor.digest}`,
  manifest: descriptor.digest,
  subject: subject ?? null,
  descriptor: JSON.stringify(descriptor),
});
