import type { FaultRow } from "../support/faults/fault-row.ts";
import type { Lane } from "../support/faults/lanes.ts";
import { playFault } from "../support/faults/play-fault.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { smallChart } from "../support/published-charts.ts";
import type { RegistryOptions } from "../support/registry/options.ts";
import { type Registry, startRegistry } from "../support/registry/registry.ts";
import type { Fault } from "../support/upstream/faults.ts";
import type { Scene } from "./fault-suite.ts";

/** A way to break a registry. */
export interface RegistryRow extends FaultRow {
  breaks: (registry: Registry, place: Place) => void | Promise<void>;
  /** It is played by itself, on a registry in this manner. */
  mirrored?: RegistryOptions;
}

type Part = "lists" | "manifests" | "blobs" | "tokens";

const paths: Record<Part, RegExp> = {
  lists: /\/tags\/list$/,
  manifests: /\/manifests\//,
  blobs: /\/blobs\/|^storage\//,
  tokens: /^token$/,
};

/** Breaks one part of what a registry answers, and nothing else. */
export const answered =
  (part: Part, fault: Fault): RegistryRow["breaks"] =>
  (registry) =>
    registry.fault(paths[part], fault);

/** Of a server, or of what stands before one. */
export const serverErrors = [500, 502, 503, 504, 520];

/** What a row is about: a chart's repository in its registry, and the version that is pushed meanwhile. */
export interface Place {
  mirror: Mirror;
  repository: string;
  version: string;
}

const neighbour = "neighbour";
const versions = 2;
/** Longer than any back-off, and than any token lives. */
export const day = 86_400;

interface Pushed {
  registry: Registry;
  /** How many were ever pushed. */
  versions: number;
}

/** A mirror with a repository for each lane, each of a registry of its own, and one that nothing happens to. */
export class RegistryScene implements Scene<RegistryRow> {
  readonly mirror: Mirror;
  readonly #registries: ReadonlyMap<string, Pushed>;

  private constructor(mirror: Mirror, registries: ReadonlyMap<string, Pushed>) {
    this.mirror = mirror;
    this.#registries = registries;
  }

  static async start(lanes: readonly Lane<RegistryRow>[]): Promise<RegistryScene> {
    const registries = new Map<string, Pushed>();
    for (const { name, settings } of [...lanes, { name: neighbour, settings: undefined }]) {
      const registry = await startRegistry(settings);
      for (let minor = 0; minor < versions; minor += 1) await push(registry, name, `1.${minor}.0`);
      registries.set(name, { registry, versions });
    }
    const repositories = [...registries].map(([name, { registry }]) => {
      const source = ociSource({ url: `oci://${registry.host}/charts`, charts: [name] });
      const limits = { archiveBytes: 100_000, indexSeconds: 5, archiveSeconds: 5 };
      return [name, { interval: 0.5, budget: { subrequests: 40 }, limits, sources: [source] }];
    });
    const mirror = await startMirror(Object.fromEntries(repositories), { ownClock: true });
    await Promise.all([...registries.keys()].map((name) => mirror.sync(name, 60)));
    return new RegistryScene(mirror, registries);
  }

  async play({ told, breaks }: RegistryRow, name: string): Promise<void> {
    const pushed = this.#registries.get(name);
    if (pushed === undefined) throw new Error(`no registry for ${name}`);
    const { registry } = pushed;
    const version = `1.${pushed.versions}.0`;
    pushed.versions += 1;
    await playFault({
      mirror: this.mirror,
      name,
      told,
      neighbour,
      release: { version, archive: await smallChart(name, version) },
      kept: [`v2/${name}/${name}/manifests/1.0.0`],
      break: async () => {
        await breaks(registry, { mirror: this.mirror, repository: `charts/${name}`, version });
        await push(registry, name, version);
      },
      mend: async () => {
        registry.clearFaults();
        await registry.listen();
        await this.mirror.later(day);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mirror.stop();
    for (const { registry } of this.#registries.values()) await registry.close();
  }
}

async function push(registry: Registry, name: string, version: string): Promise<void> {
  await registry.publish(`charts/${name}`, { name, version, archive: await smallChart(name, version) });
}
