import { createHash } from "node:crypto";
import { rcompare } from "semver";
import { type ChartMetadata, chartArchive } from "./chart-archive.ts";
import { chartMetadata, chartName, chartVersion } from "./entry.ts";
import { yamlItems } from "./yaml-text.ts";

export interface GenerateOptions {
  /** Chart versions in all, spread evenly over the charts. */
  versions: number;
  charts?: number;
  /** Size of an entry in the index, on average, in bytes: 400 and more. */
  entryBytes?: number;
  /** Size of an archive in bytes, at least about 500. */
  archiveBytes?: number;
  /** Another seed gives other charts. */
  seed?: string;
  /** With it the index lists absolute URLs below it, otherwise file names. */
  baseUrl?: string;
  /** Whether a provenance file lies beside every archive. It looks like one, but nobody can verify it. */
  provenance?: boolean;
}

interface Release {
  version: string;
  /** Counts how often the version was released, each time with other bytes. */
  build: number;
  /** Milliseconds since 1970. */
  created: number;
}

const firstRelease = Date.parse("2020-01-01T08:00:00Z");
const betweenReleases = 53 * 60 * 1000;

/**
 * Makes a Helm repository of any size: an index as Helm writes it, and for every entry an archive that Helm
 * can render. Archives are made when asked for, so that 50,000 of them need no memory.
 */
export function generateRepository(options: GenerateOptions): GeneratedRepository {
  return new GeneratedRepository(options);
}

export class GeneratedRepository {
  readonly #options: Required<Omit<GenerateOptions, "baseUrl">> & { baseUrl: string | undefined };
  /** By chart; a chart's releases in the order in which they were made. */
  readonly #releases = new Map<string, Map<string, Release>>();
  readonly #digests = new Map<string, string>();
  #clock = firstRelease;
  #changes = 0;

  constructor(options: GenerateOptions) {
    const defaults = { charts: 1, entryBytes: 500, archiveBytes: 0, seed: "chartkeep", provenance: false };
    this.#options = { ...defaults, baseUrl: undefined, ...options };
    const { charts, versions, seed } = this.#options;
    for (let index = 0; index < versions; index += 1) {
      this.addVersion(chartName(index % charts, seed), chartVersion(Math.floor(index / charts)));
    }
  }

  /** Rises whenever the index becomes another one. */
  get changes(): number {
    return this.#changes;
  }

  get charts(): string[] {
    return [...this.#releases.keys()].toSorted();
  }

  /** Of one chart, the greatest first. */
  versions(chart: string): string[] {
    return [...(this.#releases.get(chart)?.keys() ?? [])].toSorted(rcompare);
  }

  /** Names of all archives, in the order of the index. */
  get files(): string[] {
    return this.charts.flatMap((chart) => this.versions(chart).map((version) => fileName(chart, version)));
  }

  /** Releases a version, a chart's first one as well. Releasing it once more gives it other bytes. */
  addVersion(chart: string, version: string): void {
    const releases = this.#releases.get(chart) ?? new Map<string, Release>();
    this.#releases.set(chart, releases);
    const build = (releases.get(version)?.build ?? 0) + 1;
    releases.set(version, { version, build, created: this.#clock });
    this.#changes += 1;
    this.#clock += betweenReleases;
  }

  /** Takes a version out of the index, and its archive away. */
  removeVersion(chart: string, version: string): void {
    this.#releases.get(chart)?.delete(version);
    this.#changes += 1;
    if (this.#releases.get(chart)?.size === 0) this.#releases.delete(chart);
  }

  /** The archive under a file name, or `undefined` when the repository has none. */
  async archive(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const found = this.#find(file);
    return found === undefined ? undefined : await this.#pack(found.metadata, found.release);
  }

  /** The provenance file under the name of its archive, or `undefined` when the repository has none. */
  async provenance(file: string): Promise<Uint8Array | undefined> {
    const found = this.#options.provenance ? this.#find(file) : undefined;
    if (found === undefined) return undefined;
    const digest = await this.#digest(found.metadata, found.release);
    return new TextEncoder().encode(unverifiableProvenance(file, digest));
  }

  /** The digest that the index lists for a version, or `undefined` when the repository lacks it. */
  async digest(chart: string, version: string): Promise<string | undefined> {
    const found = this.#find(fileName(chart, version));
    return found === undefined ? undefined : await this.#digest(found.metadata, found.release);
  }

  async index(): Promise<string> {
    let text = "";
    for await (const part of this.indexParts()) text += part;
    return text;
  }

  /** The text of index.yaml, a chart at a time. */
  async *indexParts(): AsyncGenerator<string> {
    const charts = this.charts;
    yield charts.length === 0 ? "apiVersion: v1\nentries: {}\n" : "apiVersion: v1\nentries:\n";
    for (const chart of charts) yield `  ${chart}:\n${await this.#chartEntries(chart)}`;
    yield `generated: "${timestamp(this.#clock)}"\n`;
  }

  async #chartEntries(chart: string): Promise<string> {
    let text = "";
    for (const version of this.versions(chart)) {
      const file = fileName(chart, version);
      const found = this.#find(file);
      if (found === undefined) continue;
      const digest = await this.#digest(found.metadata, found.release);
      const created = timestamp(found.release.created);
      text += yamlItems([{ ...found.metadata, created, digest, urls: [this.#url(file)] }], 2);
    }
    return text;
  }

  #url(file: string): string {
    const { baseUrl } = this.#options;
    return baseUrl === undefined ? file : `${baseUrl}/${file}`;
  }

  #find(file: string): { metadata: ChartMetadata; release: Release } | undefined {
    const { entryBytes, seed } = this.#options;
    // A version may hold dashes itself: every place where the name could end is tried.
    for (let dash = file.indexOf("-"); dash >= 0; dash = file.indexOf("-", dash + 1)) {
      const name = file.slice(0, dash);
      const release = this.#releases.get(name)?.get(file.slice(dash + 1).replace(/\.tgz$/, ""));
      if (release === undefined) continue;
      return { metadata: chartMetadata(name, release.version, entryBytes, seed), release };
    }
    return undefined;
  }

  async #pack(metadata: ChartMetadata, release: Release): Promise<Uint8Array<ArrayBuffer>> {
    const { archiveBytes, seed } = this.#options;
    const options = { build: release.build, bytes: archiveBytes };
    const archive = await chartArchive(metadata, {
      ...options,
      seed: `${seed}/${metadata.name}/${release.version}`,
    });
    this.#digests.set(buildKey(metadata, release), sha256(archive));
    return archive;
  }

  /** An archive that was made before is not made again for its digest. */
  async #digest(metadata: ChartMetadata, release: Release): Promise<string> {
    return this.#digests.get(buildKey(metadata, release)) ?? sha256(await this.#pack(metadata, release));
  }
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const buildKey = ({ name }: ChartMetadata, { version, build }: Release): string =>
  `${name}-${version}#${build}`;

const fileName = (chart: string, version: string): string => `${chart}-${version}.tgz`;

/** RFC 3339 with nanoseconds, as Go writes times. */
const timestamp = (time: number): string =>
  new Date(time).toISOString().replace(/\.\d+Z$/, `.${String(time % 999_983).padStart(6, "0")}417Z`);

function unverifiableProvenance(file: string, digest: string): string {
  return `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

files:
  ${file}: sha256:${digest}
-----BEGIN PGP SIGNATURE-----

${Buffer.from(digest).toString("base64")}
-----END PGP SIGNATURE-----
`;
}
