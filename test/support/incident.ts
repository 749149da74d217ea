import { PublishedCharts, sha256, smallChart } from "./published-charts.ts";
import { presets } from "./registry/presets.ts";
import type { Credentials } from "./registry/options.ts";
import { type Registry, startRegistry } from "./registry/registry.ts";
import { status } from "./upstream/faults.ts";
import { sitesByFolder } from "./upstream/site.ts";
import { type Upstream, startUpstream } from "./upstream/upstream.ts";

export const charts = ["alertmanager", "prometheus"] as const;
export const versions = ["1.0.0", "1.1.0", "2.0.0"] as const;
const folder = "helm-charts";
const path = "prometheus-community/charts";

/**
 * The publisher's side of the 19th and 20th of May 2025: a repository on GitHub Pages whose charts are in a
 * registry, too, and what happened to it.
 */
export class Incident implements AsyncDisposable {
  readonly pages: Upstream;
  readonly registry: Registry;
  /** SHA-256 of every archive as it was published first, by `<chart>-<version>`. */
  readonly digests = new Map<string, string>();
  #published: PublishedCharts;

  constructor(pages: Upstream, registry: Registry, published: PublishedCharts) {
    this.pages = pages;
    this.registry = registry;
    this.#published = published;
  }

  /** What users gave to `helm repo add`. */
  get pagesUrl(): string {
    return `${this.pages.url}/${folder}`;
  }

  /** What only those went on with who knew of it. */
  get registryUrl(): string {
    return `oci://${this.registry.host}/${path}`;
  }

  /** The gh-pages branch is gone: GitHub answers every path with its page for what does not exist. */
  deleteBranch(): void {
    this.pages.fault(/^/, status(404));
  }

  /** A release that the publisher can put into the registry alone. */
  async pushToRegistry(chart: string, version: string): Promise<void> {
    const archive = await this.release(chart, version);
    await this.registry.publish(`${path}/${chart}`, { name: chart, version, archive });
  }

  /** The archive of a version that is about to be published, wherever that may be. */
  async release(chart: string, version: string): Promise<Uint8Array> {
    const archive = await smallChart(chart, version);
    this.digests.set(`${chart}-${version}`, sha256(archive));
    return archive;
  }

  /**
   * The branch is back as it was then: a freshly generated index with new timestamps, without the latest
   * releases, and with one archive of each chart packed again, to other bytes.
   */
  async restoreBranch(): Promise<void> {
    this.#published = new PublishedCharts();
    for (const chart of charts) {
      for (const version of versions.slice(0, -1)) {
        const build = version === repackaged ? 2 : 1;
        const entry = { created: "2025-05-20T09:00:00Z", description: `Chart ${chart}` };
        this.#published.publish(chart, version, { archive: await smallChart(chart, version, build), entry });
      }
    }
    this.pages.site = sitesByFolder({ [folder]: this.#published.site.site });
    this.pages.clearFaults();
  }

  async publishOnPages(chart: string, version: string): Promise<void> {
    const archive = await this.release(chart, version);
    const entry = { created: "2025-05-01T12:00:00Z", description: `Chart ${chart}` };
    this.#published.publish(chart, version, { archive, entry });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pages.close();
    await this.registry.close();
  }
}

/** The version whose archives are other ones once the branch is back. */
export const repackaged = "1.0.0";

/**
 * Everything is published in both places, and all is well.
 * @param publisher who may push to the registry, and nobody else may
 */
export async function startIncident(publisher?: Credentials): Promise<Incident> {
  const published = new PublishedCharts();
  const pages = await startUpstream(sitesByFolder({ [folder]: published.site.site }));
  const { auth } = presets.ghcr;
  const registry = await startRegistry(
    publisher === undefined ? presets.ghcr : { ...presets.ghcr, auth: { ...auth, credentials: publisher } },
  );
  const incident = new Incident(pages, registry, published);
  for (const chart of charts) {
    for (const version of versions) {
      await incident.publishOnPages(chart, version);
      await incident.pushToRegistry(chart, version);
    }
  }
  return incident;
}
