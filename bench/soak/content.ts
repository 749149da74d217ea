import { type GeneratedRepository, generateRepository } from "../generate/generated-repository.ts";
import { chartArchive, type ChartMetadata } from "../generate/chart-archive.ts";

/**
 * What is published in a soak. Both the process that publishes and the one that reads make it, and the same
 * input makes the same bytes: so the reader knows each digest before it is published.
 */
export interface SoakContent {
  /** Never changes. */
  steady: GeneratedRepository;
  /** Gets a version now and then. */
  busy: GeneratedRepository;
  /** Gets many at once. */
  filling: GeneratedRepository;
}

const entryBytes = 700;
const archiveBytes = 8_000;

export function soakContent(): SoakContent {
  const shape = { entryBytes, archiveBytes };
  return {
    steady: generateRepository({ ...shape, seed: "steady", versions: 300, charts: 15, provenance: true }),
    busy: generateRepository({ ...shape, seed: "busy", versions: 300, charts: 15 }),
    filling: generateRepository({ ...shape, seed: "filling", versions: 1, charts: 1 }),
  };
}

/** Below it, the registry has its charts. */
export const registryPath = "soak/charts";
export const registryCharts = ["artifact-0", "artifact-1", "artifact-2", "artifact-3"] as const;
/** Versions in the registry before more come: ten of each chart. */
export const registryVersions = 10 * registryCharts.length;

export interface RegistryVersion {
  name: string;
  version: string;
  archive: Uint8Array<ArrayBuffer>;
}

/** Chart after chart gets its next version. */
export async function registryVersion(index: number): Promise<RegistryVersion> {
  const name = registryCharts[index % registryCharts.length] ?? registryCharts[0];
  const version = `1.${Math.floor(index / registryCharts.length)}.0`;
  const metadata: ChartMetadata = { apiVersion: "v2", name, version, description: `Chart ${name}` };
  const seed = `${name}/${version}`;
  return { name, version, archive: await chartArchive(metadata, { build: 1, bytes: archiveBytes, seed }) };
}

/** A release that comes during the soak. */
export type Release =
  { where: "busy" | "filling"; chart: string; version: string } | { where: "registry"; index: number };

/** What is wrong with the upstreams for a while. */
export const faultNames = [
  "unavailable",
  "rate-limited",
  "reset",
  "no-index",
  "cut-off",
  "wrong-bytes",
  "slow",
] as const;

export type FaultName = (typeof faultNames)[number];

/** From the reading process to the publishing one. */
export type Command =
  | { do: "release"; releases: Release[] }
  | { do: "fault"; where: "pages" | "registry"; fault: FaultName }
  | { do: "recover" };

/** The publishing process's only message: where it is. */
export interface Ready {
  /** Of the HTTP repositories, each in a folder of its name; without a trailing slash. */
  pages: string;
  /** `127.0.0.1:<port>` */
  registry: string;
}
