import { type PastRevision, type VersionList, versionsNamed } from "../storage/history.ts";

/** What a publication changes, in the order of the index. */
export type ListingChanges = Pick<PastRevision, "added" | "changed" | "hidden">;

/** A chart version of which something differs from what is published. */
export type ChangedVersion = {
  chart: string;
  version: string;
  /** 1: it is listed now. */
  listed: number;
  /** 1: it is published. */
  published: number;
};

export function listingChanges(versions: readonly ChangedVersion[]): ListingChanges {
  const those = (listed: number, published: number): VersionList => {
    const matching = versions.filter((one) => one.listed === listed && one.published === published);
    const named = matching.slice(0, versionsNamed).map(({ chart, version }) => ({ chart, version }));
    return { count: matching.length, versions: named };
  };
  return { added: those(1, 0), changed: those(1, 1), hidden: those(0, 1) };
}

/** Both in a row, as one. */
export function mergeChanges(earlier: ListingChanges, later: ListingChanges): ListingChanges {
  const merged = (name: keyof ListingChanges): VersionList => ({
    count: earlier[name].count + later[name].count,
    versions: [...earlier[name].versions, ...later[name].versions].slice(0, versionsNamed),
  });
  return { added: merged("added"), changed: merged("changed"), hidden: merged("hidden") };
}

export function withoutNames({ added, changed, hidden }: ListingChanges): ListingChanges {
  const counted = ({ count }: VersionList): VersionList => ({ count, versions: [] });
  return { added: counted(added), changed: counted(changed), hidden: counted(hidden) };
}
