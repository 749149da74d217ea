import type { GeneratedRepository } from "../generate/generated-repository.ts";
import type { Sample } from "./request-kinds.ts";

/** A chart's newest version. */
export async function sampleOf(repository: GeneratedRepository, chart: string): Promise<Sample> {
  const [version = ""] = repository.versions(chart);
  const digest = await repository.digest(chart, version);
  if (digest === undefined) throw new Error(`the repository has no ${chart}`);
  return { chart, version, digest, file: `${chart}-${version}.tgz` };
}
