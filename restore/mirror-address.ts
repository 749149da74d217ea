import { CannotRestore } from "./cannot-restore.ts";

export interface MirrorAddress {
  /** Of the mirror, without a trailing slash. */
  mirror: string;
  repository: string;
}

const example = "write one like https://charts.example.com/podinfo";

/**
 * Reads the address of a repository of a mirror, as one would give it to `helm repo add`: `index.yaml` and
 * slashes at its end are taken off.
 *
 * @throws {CannotRestore}
 */
export function readMirrorAddress(text: string): MirrorAddress {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) throw new CannotRestore(`${text} is not an https:// or http:// address; ${example}`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new CannotRestore(`${text} has more than a path behind its host; ${example}`);
  }
  const path = url.pathname.replace(/(\/index\.yaml)?\/*$/, "");
  const slash = path.lastIndexOf("/");
  const repository = path.slice(slash + 1);
  if (repository === "") {
    throw new CannotRestore(
      `${text} names no repository; ${example} (${url.origin}/status.json lists what a mirror has)`,
    );
  }
  if (/[@%]/.test(repository)) {
    throw new CannotRestore(`${repository} is not a repository's name, but a view of one; ${example}`);
  }
  return { mirror: url.origin + path.slice(0, slash), repository };
}
