import { createHash } from "node:crypto";

export interface SiteFile {
  bytes: Uint8Array;
  /** With its quotes. */
  etag: string;
  lastModified: Date;
}

/** Answers for a path below the site's root: decoded, without a leading slash. `undefined` is a 404. */
export type Site = (path: string) => Promise<SiteFile | undefined>;

export function siteFile(bytes: Uint8Array, lastModified: Date): SiteFile {
  return { bytes, lastModified, etag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 20)}"` };
}

/** Several sites on one server, by the first segment of the path: `/podinfo/index.yaml` is podinfo's index. */
export function sitesByFolder(folders: Readonly<Record<string, Site>>): Site {
  return async (path) => {
    const slash = path.indexOf("/");
    const site = Object.entries(folders).find(([folder]) => folder === path.slice(0, slash))?.[1];
    return await site?.(path.slice(slash + 1));
  };
}

/** Files in memory, to be changed while the server runs. */
export class MemorySite {
  readonly #files = new Map<string, SiteFile>();

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) this.set(path, content);
  }

  set(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#files.set(path, siteFile(bytes, new Date()));
  }

  delete(path: string): void {
    this.#files.delete(path);
  }

  readonly site: Site = async (path) => this.#files.get(path);
}
