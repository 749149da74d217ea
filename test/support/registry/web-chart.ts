import { sha256, smallChart } from "../published-charts.ts";
import type { RegistryOptions } from "./options.ts";
import { type Registry, startRegistry } from "./registry.ts";

/** The one archive behind every version that `withWebChart` publishes. */
export const webArchive = await smallChart("web", "1.0.0");
export const webBlob = `/v2/charts/web/blobs/sha256:${sha256(webArchive)}`;
export const webTags = "/v2/charts/web/tags/list";

/** Starts a registry with `charts/web` in it. */
export async function withWebChart(options: RegistryOptions, versions = ["1.0.0"]): Promise<Registry> {
  const registry = await startRegistry(options);
  for (const version of versions) await publishWeb(registry, "charts/web", version);
  return registry;
}

/** Answers with the manifest's digest. */
export async function publishWeb(registry: Registry, repository: string, version: string): Promise<string> {
  const chart = { name: "web", version, archive: webArchive };
  return (await registry.publish(repository, chart)).manifestDigest;
}
