import { readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Site } from "./site.ts";

/** Serves the files below a directory, as any static web server does. */
export function directorySite(directory: string): Site {
  return async (path) => {
    const file = join(directory, path);
    if (!file.startsWith(directory + sep)) return undefined;
    try {
      const about = await stat(file);
      if (!about.isFile()) return undefined;
      const etag = `"${Math.floor(about.mtimeMs).toString(16)}-${about.size.toString(16)}"`;
      return { bytes: await readFile(file), etag, lastModified: about.mtime };
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  };
}
