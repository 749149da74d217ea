import type { RegistryContent } from "../../test/support/registry/content.ts";
import { publishChart } from "../../test/support/registry/publish.ts";
import { chartArchive } from "./chart-archive.ts";
import { chartMetadata, chartName, chartVersion } from "./entry.ts";

export interface RegistryCharts {
  /** Below it every chart is a repository of its own. */
  path: string;
  charts: number;
  /** Tags of each. */
  versions: number;
  /** Without it, archives that are a line of text: enough for what only reads tags. */
  archiveBytes?: number;
}

const seed = "chartkeep";
/** What a version takes in an index: a config of about as much, and a manifest beside it. */
const entryBytes = 1000;

/** Fills a registry's content as `helm push` would. @returns the charts' names */
export async function publishCharts(
  content: RegistryContent,
  { path, charts, versions, archiveBytes }: RegistryCharts,
): Promise<string[]> {
  const names = Array.from({ length: charts }, (_, index) => chartName(index, seed));
  for (const name of names) {
    const repository = content.ensure(`${path}/${name}`);
    for (let index = 0; index < versions; index += 1) {
      const version = chartVersion(index);
      const metadata = chartMetadata(name, version, entryBytes, seed);
      const archive =
        archiveBytes === undefined
          ? new TextEncoder().encode(`${name} ${version}\n`)
          : await chartArchive(metadata, { build: 1, bytes: archiveBytes, seed: `${name}/${version}` });
      await publishChart(repository, { name, version, archive, metadata });
    }
  }
  return names;
}
