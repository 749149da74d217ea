import { archiveFileName, archivePath } from "../src/keeper/archive-path.ts";
import type { ChartEntry } from "../src/helm/chart-entry.ts";

/** One chart version of an index, as far as it matters for finding its archive. */
export type Indexed = Pick<ChartEntry, "chart" | "name" | "version" | "digest"> & {
  /** The first URL, as written: Helm uses no other. */
  url: string;
};

/** An archive that shall be in the branch. */
export interface PlannedArchive {
  /** For people: chart and version. */
  title: string;
  /** Below the branch's folder, safe. */
  path: string;
  /** SHA-256, 64 lowercase hexadecimal digits. */
  digest: string;
  /** Below the mirror's repository; the provenance lies beside it. */
  from: string;
  /** What to add where the mirror does not have it. */
  hint: string;
}

/** Why something is not as it should be in the end. */
export interface Trouble {
  /** In the order in which they are told. */
  kind: "mismatch" | "missing" | "in-the-way" | "refused" | "failed";
  what: string;
  why: string;
}

/** Archives that the index locates outside of the branch. */
export interface Elsewhere {
  place: string;
  archives: number;
  /** Of them, those whose version the mirror lacks. */
  lacking: number;
}

export interface Plan {
  archives: PlannedArchive[];
  /** What is wrong before anything was fetched. */
  trouble: Trouble[];
  elsewhere: Elsewhere[];
}

export const titleOf = ({ chart, name, version }: Pick<Indexed, "chart" | "name" | "version">): string =>
  name === chart ? `${chart} ${version}` : `${chart} (${name}) ${version}`;

export function planned(entry: Indexed, path: string, digest: string, hint = ""): PlannedArchive {
  return { title: titleOf(entry), path, digest, from: archivePath(entry, digest), hint };
}

export const fileNameOf = (entry: Pick<Indexed, "name" | "version">): string => archiveFileName(entry);

/** One text for what tells chart versions of one index apart. */
const keyOf = ({ chart, version }: Indexed): string => `${chart}\0${version}`;

/** The chart versions of an index; the first of equal ones counts, as for Helm. */
export function byVersion(entries: readonly Indexed[]): Map<string, Indexed> {
  return new Map(entries.toReversed().map((entry) => [keyOf(entry), entry]));
}

export const found = (known: ReadonlyMap<string, Indexed>, entry: Indexed): Indexed | undefined =>
  known.get(keyOf(entry));

/** Titles of those chart versions of the one index that the other lacks. */
export function onlyIn(one: readonly Indexed[], other: readonly Indexed[]): string[] {
  const known = byVersion(other);
  return [...byVersion(one).values()]
    .filter((entry) => found(known, entry) === undefined)
    .map(titleOf)
    .toReversed();
}
