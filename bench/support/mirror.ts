import { join } from "node:path";
import { startRuntime } from "../../local/runtime.ts";
import type { Budget, RepositoryConfig, SourceConfig } from "../../src/config/config.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";
import { memoryFolder } from "./memory-folder.ts";
import { WorkerdProcess } from "./workerd-process.ts";

export const repository = "bench";

/** What the paid plan allows in one unit, and a check only when it is asked for. */
const paid: Budget = { entries: 60_000, archives: 250, subrequests: 1000 };
const mebibyte = 1024 * 1024;

export interface BenchMirrorOptions {
  /** Without it, only indexes and tags are read. */
  copy: boolean;
  /** Whether `/-bench/reads` tells what was read of the stores, at the cost of some time. */
  counted?: boolean;
}

export interface BenchMirror extends AsyncDisposable {
  url: string;
  workerd: WorkerdProcess;
  status(): Promise<RepositoryStatus>;
  /**
   * Has the source checked now, and waits until the Keeper has nothing left to do.
   * @returns CPU and wall seconds
   * @throws {Error} when a unit of work failed: that it would be repeated is no measurement
   */
  sync(): Promise<{ cpu: number; wall: number }>;
  /** Makes so many tags of a registry due to be looked at again. */
  age(tags: number): Promise<void>;
  /** Has the Keeper's memory forgotten, as the platform does long before the next check is due. */
  evict(): Promise<void>;
  /** What the Keeper did to R2 and KV since it was asked last, each as `put <key>`. */
  operations(): Promise<string[]>;
}

/**
 * The mirror with the measurements of bench/workers beside it, its storage in memory where the machine can do
 * that.
 * @param source of an HTTP repository, its URL will do
 */
export async function startBenchMirror(
  source: string | SourceConfig,
  options: BenchMirrorOptions,
): Promise<BenchMirror> {
  const config: RepositoryConfig = {
    sources: [typeof source === "string" ? { kind: "http", url: source, files: [], rewrites: [] } : source],
    interval: 86_400, // never by itself
    history: 3600,
    budget: paid,
    limits: {
      indexBytes: 256 * mebibyte,
      archiveBytes: 32 * mebibyte,
      fileBytes: mebibyte,
      indexSeconds: 120,
      archiveSeconds: 60,
    },
    policies: defaultPolicies,
    notify: { failures: 3, webhooks: [] },
  };
  const unit = Promise.withResolvers<never>();
  unit.promise.catch(() => undefined); // told by whoever syncs then
  const folder = await memoryFolder();
  const runtime = await startRuntime({
    state: folder.path,
    onLog: ({ message }) => {
      if (message.includes('"unit-failed"')) unit.reject(new Error(message));
    },
    config: { repositories: { [repository]: config } },
    entry: join(import.meta.dirname, "../workers", options.counted === true ? "counted.ts" : "entry.ts"),
  });
  const url = runtime.url.toString().replace(/\/$/, "");
  const workerd = WorkerdProcess.find();
  const ask = async (path: string): Promise<Response> => {
    const answer = await fetch(`${url}/-bench/${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  return {
    url,
    workerd,
    status: async () => await (await ask(`keeper/${repository}/status`)).json(),
    async sync() {
      const [cpu, wall] = [workerd.cpuSeconds(), performance.now()];
      const synced = ask(`keeper/${repository}/sync${options.copy ? "" : "?read-only"}`);
      await Promise.race([synced, unit.promise]);
      return { cpu: workerd.cpuSeconds() - cpu, wall: (performance.now() - wall) / 1000 };
    },
    async age(tags) {
      await ask(`keeper/${repository}/age?tags=${tags}`);
    },
    async evict() {
      await fetch(`${url}/-bench/keeper/${repository}/evict`); // fails, as whoever was asking it then
    },
    operations: async () => await (await ask(`keeper/${repository}/operations`)).json(),
    async [Symbol.asyncDispose]() {
      await runtime.dispose();
      await folder[Symbol.asyncDispose]();
    },
  };
}
