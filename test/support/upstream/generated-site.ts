import type { GeneratedRepository } from "../../../bench/generate/generated-repository.ts";
import { type Site, type SiteFile, siteFile } from "./site.ts";

/** Serves a generated repository as it is at the moment: index, archives, provenance. */
export function generatedSite(repository: GeneratedRepository): Site {
  let index: { changes: number; file: SiteFile } | undefined;
  return async (path) => {
    if (path === "index.yaml") {
      const { changes } = repository;
      if (index?.changes !== changes) {
        const text = await repository.index();
        index = { changes, file: siteFile(new TextEncoder().encode(text), new Date()) };
      }
      return index.file;
    }
    const bytes = path.endsWith(".prov")
      ? await repository.provenance(path.slice(0, -".prov".length))
      : await repository.archive(path);
    return bytes === undefined ? undefined : siteFile(bytes, archivesModified);
  };
}

const archivesModified = new Date("2024-01-01T00:00:00Z");
