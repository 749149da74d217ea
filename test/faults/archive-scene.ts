import type { FaultRow } from "../support/faults/fault-row.ts";
import type { Lane } from "../support/faults/lanes.ts";
import { playFault } from "../support/faults/play-fault.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import type { HttpMirrored } from "../support/mirrored-repository.ts";
import type { Fault } from "../support/upstream/faults.ts";
import { ChartSite } from "./chart-site.ts";
import type { Scene } from "./fault-suite.ts";

/** A way to break the archive of a new version on its way, or its provenance. */
export interface ArchiveRow extends FaultRow {
  fault: Fault;
  /** Its provenance, and not the archive itself. */
  provenance?: true;
  /** It is played by itself, on a repository with these settings. */
  mirrored?: HttpMirrored;
}

const neighbour = "neighbour";
const versions = 2;
/** Longer than any back-off. */
const day = 86_400;

/** A mirror with a repository for each lane, and one that nothing happens to. */
export class ArchiveScene implements Scene<ArchiveRow> {
  readonly mirror: Mirror;
  readonly #sites: ReadonlyMap<string, ChartSite>;

  private constructor(mirror: Mirror, sites: ReadonlyMap<string, ChartSite>) {
    this.mirror = mirror;
    this.#sites = sites;
  }

  static async start(lanes: readonly Lane<ArchiveRow>[]): Promise<ArchiveScene> {
    const sites = new Map<string, ChartSite>();
    const repositories: Record<string, HttpMirrored & { url: string }> = {};
    for (const { name, settings } of [...lanes, { name: neighbour, settings: undefined }]) {
      const site = await ChartSite.start(name, versions);
      sites.set(name, site);
      const limits = { archiveBytes: 100_000, ...settings?.limits };
      repositories[name] = { interval: 0.5, ...settings, limits, url: site.upstream.url };
    }
    const mirror = await startMirror(repositories, { ownClock: true });
    await Promise.all([...sites.keys()].map((name) => mirror.sync(name, 60)));
    return new ArchiveScene(mirror, sites);
  }

  async play(row: ArchiveRow, name: string): Promise<void> {
    const site = this.#sites.get(name);
    if (site === undefined) throw new Error(`no site for ${name}`);
    const release = await site.next();
    await playFault({
      mirror: this.mirror,
      name,
      told: row.told,
      neighbour,
      release,
      kept: [`v2/${name}/${name}/manifests/1.0.0`],
      break: () => {
        site.upstream.fault(row.provenance === true ? /\.prov$/ : /\.tgz$/, row.fault);
        site.publish(release);
      },
      mend: async () => {
        site.upstream.clearFaults();
        await this.mirror.later(day);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mirror.stop();
    for (const { upstream } of this.#sites.values()) await upstream.close();
  }
}
