import { createHash } from "node:crypto";
import { type ChartMetadata, chartArchive } from "../../bench/generate/chart-archive.ts";
import { type YamlValue, yamlMapping } from "../../bench/generate/yaml-text.ts";
import { MemorySite } from "./upstream/site.ts";

export interface PublishedChart {
  archive: Uint8Array;
  provenance?: string;
  /** Fields of the index entry, in place of what Helm would write: `digest: undefined` leaves it out. */
  entry?: Record<string, YamlValue | undefined>;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** A small repository whose every byte a test decides. */
export class PublishedCharts {
  readonly site = new MemorySite();
  /** By chart and version. */
  readonly #entries = new Map<string, Map<string, Record<string, YamlValue>>>();

  constructor() {
    this.#writeIndex();
  }

  /** Publishes a version, or publishes it again with what is given now. */
  publish(name: string, version: string, { archive, provenance, entry = {} }: PublishedChart): void {
    const file = `${name}-${version}.tgz`;
    this.site.set(file, archive);
    if (provenance !== undefined) this.site.set(`${file}.prov`, provenance);
    const written = { apiVersion: "v2", digest: sha256(archive), name, urls: [file], version, ...entry };
    const fields = Object.entries(written).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    const versions = this.#entries.get(name) ?? new Map<string, Record<string, YamlValue>>();
    versions.set(version, Object.fromEntries(fields));
    this.#entries.set(name, versions);
    this.#writeIndex();
  }

  /** Takes a version out of the index and its archive away. */
  remove(name: string, version: string): void {
    this.#entries.get(name)?.delete(version);
    this.site.delete(`${name}-${version}.tgz`);
    this.#writeIndex();
  }

  #writeIndex(): void {
    const entries = Object.fromEntries(
      [...this.#entries].map(([name, versions]) => [name, [...versions.values()]]),
    );
    this.site.set("index.yaml", yamlMapping({ apiVersion: "v1", entries }));
  }
}

/** Another `build` gives other bytes. */
export async function smallChart(name: string, version: string, build = 1): Promise<Uint8Array<ArrayBuffer>> {
  const metadata: ChartMetadata = { apiVersion: "v2", name, version, description: `Chart ${name}` };
  return await chartArchive(metadata, { build, bytes: 0, seed: name });
}
