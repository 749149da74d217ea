import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { type Mirror, startMirror } from "../../test/support/mirror.ts";
import { memberSources, ociSource } from "../../test/support/mirrored-repository.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";
import { memoryFolder } from "../support/memory-folder.ts";
import { WorkerdProcess } from "../support/workerd-process.ts";
import {
  type Command,
  type Ready,
  type Release,
  registryCharts,
  registryPath,
  registryVersion,
  registryVersions,
  soakContent,
} from "./content.ts";
import type { KnownVersion } from "./kinds.ts";
import { sha256, Truth } from "./truth.ts";

/** So often each source is asked, in seconds: in earnest it is minutes, here a minute is a day. */
const interval = 1;
/** Small enough that a fill publishes on its way. */
const budget = { archives: 30, subrequests: 200 };
/** Seconds until superseded revisions are removed. */
const history = 60;

/** The repository that is made of others. */
const merged = "all";
const mergedOf = ["busy", "oci"] as const;

/** The publishers, the mirror, and what was published. */
export class World implements AsyncDisposable {
  readonly truth = new Truth();
  readonly mirror: Mirror;
  readonly workerd: WorkerdProcess;
  /** The same as the publishing process has. */
  readonly content = soakContent();
  readonly #child: ChildProcess;
  readonly #end: AsyncDisposableStack;
  #registryVersions = 0;

  private constructor(mirror: Mirror, child: ChildProcess, end: AsyncDisposableStack) {
    this.mirror = mirror;
    this.workerd = WorkerdProcess.find();
    this.#child = child;
    this.#end = end;
  }

  static async start(): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await memoryFolder());
    const child = fork(join(import.meta.dirname, "upstream-process.ts"));
    stack.defer(() => void child.kill());
    const ready = await new Promise<Ready>((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", () => reject(new Error("the publishing process ended")));
    });
    const http = (name: string) => ({ interval, history, budget, url: `${ready.pages}/${name}` });
    const registry = ociSource({
      url: `oci://${ready.registry}/${registryPath}`,
      charts: [...registryCharts],
    });
    const mirror = await startMirror(
      {
        steady: http("steady"),
        busy: http("busy"),
        filling: http("filling"),
        oci: { interval, history, budget, sources: [registry] },
        [merged]: { interval, history, budget, sources: memberSources(...mergedOf) },
      },
      { state: folder.path },
    );
    stack.use(mirror);
    const world = new World(mirror, child, stack.move());
    await world.#learn();
    return world;
  }

  /** Publishes it; what is to be true is known before. */
  async release(releases: readonly Release[]): Promise<void> {
    for (const release of releases) await this.#expect(release);
    this.#tell({ do: "release", releases: [...releases] });
  }

  /** A release that the registry's next one is. */
  nextInRegistry(): Release {
    const index = this.#registryVersions;
    this.#registryVersions += 1;
    return { where: "registry", index };
  }

  fault(command: Extract<Command, { do: "fault" }>): void {
    this.#tell(command);
  }

  recover(): void {
    this.#tell({ do: "recover" });
  }

  /**
   * Waits until no source fails and all that was published is listed, but for what waits for another try: what came
   * with other bytes than its digest says is asked for again after minutes.
   *
   * @returns whether it came to that in the time
   */
  async settled(seconds: number): Promise<boolean> {
    const sources = this.mirror.names.filter((name) => name !== merged);
    const waits = sources.map((name) =>
      this.mirror.waitFor(name, (now) => this.#isInStep(name, now), seconds),
    );
    try {
      await Promise.all(waits);
      const members = await Promise.all(mergedOf.map((name) => this.mirror.status(name)));
      const listed = members.reduce((sum, { versions }) => sum + versions.listed, 0);
      await this.mirror.waitFor(merged, ({ versions }) => versions.listed >= listed, seconds);
      return true;
    } catch {
      return false;
    }
  }

  #isInStep(name: string, { sources, versions, problemCount }: RepositoryStatus): boolean {
    return (
      versions.pending <= problemCount &&
      versions.listed + versions.pending + versions.failed >= this.truth.size(name) &&
      sources.every(({ state }) => state === "ok")
    );
  }

  /** Versions that were published and that are listed now, in all repositories; and why others are not: code → count. */
  async versions(): Promise<{ published: number; listed: number; problems: Map<string, number> }> {
    let [published, listed] = [0, 0];
    const problems = new Map<string, number>();
    for (const name of this.mirror.names) {
      const status = await this.mirror.status(name);
      published += this.truth.size(name);
      listed += status.versions.listed;
      for (const { code } of status.problems) problems.set(code, (problems.get(code) ?? 0) + 1);
    }
    return { published, listed, problems };
  }

  async known(): Promise<KnownVersion[]> {
    const { steady } = this.content;
    const versions = steady.charts.flatMap((chart) =>
      steady.versions(chart).map(async (version) => {
        const file = `${chart}-${version}.tgz`;
        const [archive, provenance] = [await steady.archive(file), await steady.provenance(file)];
        if (archive === undefined || provenance === undefined) throw new Error(`there is no ${file}`);
        return { chart, version, archive, provenance };
      }),
    );
    return await Promise.all(versions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.disposeAsync();
  }

  #tell(command: Command): void {
    this.#child.send(command);
  }

  /** What is there from the beginning. */
  async #learn(): Promise<void> {
    for (const name of ["steady", "busy", "filling"] as const) {
      const repository = this.content[name];
      for (const chart of repository.charts) {
        for (const version of repository.versions(chart)) {
          const digest = (await repository.digest(chart, version)) ?? "";
          this.truth.add(name === "busy" ? ["busy", "all"] : [name], chart, version, digest);
        }
      }
    }
    for (let count = registryVersions; count > 0; count -= 1) {
      await this.#expect(this.nextInRegistry());
    }
  }

  async #expect(release: Release): Promise<void> {
    if (release.where === "registry") {
      const { name, version, archive } = await registryVersion(release.index);
      this.truth.add(["oci", "all"], name, version, sha256(archive));
      return;
    }
    const { where, chart, version } = release;
    this.content[where].addVersion(chart, version);
    const digest = (await this.content[where].digest(chart, version)) ?? "";
    this.truth.add(where === "busy" ? ["busy", "all"] : [where], chart, version, digest);
  }
}
