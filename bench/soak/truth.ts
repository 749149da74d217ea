import { createHash } from "node:crypto";

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** What was published, by repository; written down before it is published, so what is not here is wrong. */
export class Truth {
  /** `<repository>` → `<chart> <version>` → SHA-256 of the archive. */
  readonly #digests = new Map<string, Map<string, string>>();

  /** @param repositories all that will list it */
  add(repositories: readonly string[], chart: string, version: string, digest: string): void {
    for (const repository of repositories) {
      const digests = this.#digests.get(repository) ?? new Map<string, string>();
      digests.set(`${chart} ${version}`, digest);
      this.#digests.set(repository, digests);
    }
  }

  digest(repository: string, chart: string, version: string): string | undefined {
    return this.#digests.get(repository)?.get(`${chart} ${version}`);
  }

  size(repository: string): number {
    return this.#digests.get(repository)?.size ?? 0;
  }
}

/** A chart version as an index lists it. */
export interface Entry {
  name: string;
  version: string;
  digest: string;
  urls?: readonly string[];
}

/** Why an entry is not as it was published; `undefined` where it is. */
export function whyNotTrue(truth: Truth, repository: string, entry: Entry): string | undefined {
  const { name, version, digest, urls } = entry;
  const expected = truth.digest(repository, name, version);
  if (expected === undefined) return `${name} ${version} was never published`;
  if (digest !== expected) return `${name} ${version} is listed with ${digest}, not ${expected}`;
  const file = `charts/${digest}/${name}-${version}.tgz`;
  return urls === undefined || urls[0]?.endsWith(file) === true
    ? undefined
    : `${name} ${version} leads to ${urls[0]}`;
}
