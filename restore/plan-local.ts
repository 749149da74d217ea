import { whyNotInBranch } from "./branch-path.ts";
import { type Indexed, type Plan, fileNameOf, planned, titleOf } from "./plan.ts";

/** A chart version of the mirror, with the JSON text of all other fields that Helm knows. */
export type ListedEntry = Indexed & { metadata: string };

export interface LocalEntry {
  entry: ListedEntry;
  /** Of its archive, below the branch's folder. */
  path: string;
  digest: string;
}

/**
 * What the branch holds for an index of everything that the mirror lists: the archives flat beside the index,
 * as `helm repo index` does. Two that would get one name, also on a file system without regard for case, get
 * a folder by their digest; `helm verify` needs the name as it is.
 */
export function planLocal(listed: readonly ListedEntry[]): Plan & { entries: LocalEntry[] } {
  const entries: LocalEntry[] = [];
  const plan: Plan = { archives: [], trouble: [], elsewhere: [] };
  const taken = new Map<string, string>();
  const refuse = (entry: Indexed, why: string) =>
    plan.trouble.push({ kind: "refused", what: titleOf(entry), why });
  for (const entry of listed) {
    const { digest } = entry;
    const file = fileNameOf(entry);
    const why = whyNotInBranch([file]);
    if (why !== undefined) refuse(entry, `its file name ${JSON.stringify(file)} ${why}`);
    else if (digest === undefined) refuse(entry, "the mirror lists it without a digest");
    else {
      const path = freePath(taken, file, digest);
      if (path === undefined) {
        refuse(entry, `${file} is taken by others already`);
        continue;
      }
      if (path.isNew) plan.archives.push(planned(entry, path.path, digest));
      entries.push({ entry, path: path.path, digest });
    }
  }
  return { ...plan, entries };
}

function freePath(
  taken: Map<string, string>,
  file: string,
  digest: string,
): { path: string; isNew: boolean } | undefined {
  for (const path of [file, `charts/${digest}/${file}`]) {
    const key = path.normalize("NFC").toLowerCase();
    const holder = taken.get(key);
    const mark = `${path} ${digest}`;
    if (holder !== undefined && holder !== mark) continue;
    taken.set(key, mark);
    return { path, isNew: holder === undefined };
  }
  return undefined;
}
