import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { FaultRow } from "../support/faults/fault-row.ts";
import type { Lane } from "../support/faults/lanes.ts";
import { playFault } from "../support/faults/play-fault.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import type { HttpMirrored } from "../support/mirrored-repository.ts";
import { selfSignedCertificate } from "../support/self-signed-certificate.ts";
import type { Fault } from "../support/upstream/faults.ts";
import type { Upstream } from "../support/upstream/upstream.ts";
import { ChartSite } from "./chart-site.ts";
import type { Scene } from "./fault-suite.ts";

export interface BrokenSite {
  upstream: Upstream;
  /** A server whose certificate nobody vouches for; without a trailing slash. */
  untrusted: string;
}

/** A way to break the index of an HTTP repository. */
export interface IndexRow extends FaultRow {
  breaks: (site: BrokenSite) => void | Promise<void>;
  /** It is played by itself, on a repository with these settings. */
  mirrored?: HttpMirrored;
}

/** Breaks the index, and nothing else. */
export const answered =
  (fault: Fault): IndexRow["breaks"] =>
  ({ upstream }) =>
    upstream.fault(/^index\.yaml$/, fault);

const megabyte = 1024 * 1024;
const neighbour = "neighbour";
/** Chart versions in the beginning. Each row adds one. */
const versions = 3;
/** Seconds: a row takes about four checks. */
const interval = 0.5;

/** A mirror with a repository for each lane, and one that nothing happens to. */
export class IndexScene implements Scene<IndexRow> {
  readonly mirror: Mirror;
  readonly #sites: ReadonlyMap<string, ChartSite>;
  readonly #untrusted: Server;

  private constructor(mirror: Mirror, sites: ReadonlyMap<string, ChartSite>, untrusted: Server) {
    this.mirror = mirror;
    this.#sites = sites;
    this.#untrusted = untrusted;
  }

  static async start(lanes: readonly Lane<IndexRow>[]): Promise<IndexScene> {
    const sites = new Map<string, ChartSite>();
    const repositories: Record<string, HttpMirrored & { url: string }> = {};
    for (const { name, settings } of [...lanes, { name: neighbour, settings: undefined }]) {
      const site = await startSite(name);
      sites.set(name, site);
      const limits = { indexBytes: megabyte, ...settings?.limits };
      repositories[name] = { interval, ...settings, limits, url: site.upstream.url };
    }
    const mirror = await startMirror(repositories);
    const untrusted = createServer(selfSignedCertificate("127.0.0.1"), (_, response) =>
      response.end("never"),
    );
    await new Promise<void>((resolve) => untrusted.listen(0, "127.0.0.1", resolve));
    const scene = new IndexScene(mirror, sites, untrusted);
    await Promise.all([...sites.keys()].map((name) => mirror.sync(name, 60)));
    return scene;
  }

  async play({ told, breaks }: IndexRow, name: string): Promise<void> {
    const site = this.#sites.get(name);
    if (site === undefined) throw new Error(`no site for ${name}`);
    const { upstream } = site;
    const release = await site.next();
    await playFault({
      mirror: this.mirror,
      name,
      told,
      neighbour,
      release,
      kept: [`${name}@upstream/index.yaml`, `v2/${name}/${name}/manifests/1.0.0`],
      break: async () => {
        await breaks({ upstream, untrusted: `https://127.0.0.1:${portOf(this.#untrusted.address())}` });
        site.publish(release);
      },
      mend: async () => {
        upstream.clearFaults();
        await upstream.listen();
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mirror.stop();
    this.#untrusted.close();
    for (const { upstream } of this.#sites.values()) await upstream.close();
  }
}

async function startSite(name: string): Promise<ChartSite> {
  const site = await ChartSite.start(name, versions, about(name));
  await site.copyIndex("moved.yaml");
  return site;
}

/** So that an index has some kilobytes. */
const about = (name: string): { description: string } => ({
  description: `The chart ${name} says at length what it is for. `.repeat(30).trim(),
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
