import { join } from "node:path";
import { startRuntime } from "../../local/runtime.ts";
import type { Budget, RepositoryConfig } from "../../src/config/config.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";
import { WorkerdProcess } from "./workerd-process.ts";

export const repository = "bench";

/** What the paid plan allows in one unit, and a check only when it is asked for. */
const paid: Budget = { entries: 60_000, archives: 250, subrequests: 1000 };
const mebibyte = 1024 * 1024;

export interface BenchMirror extends AsyncDisposable {
  url: string;
  workerd: WorkerdProcess;
  status(): Promise<RepositoryStatus>;
  /** Has the source checked now, and waits until the Keeper has nothing left to do. @returns CPU and wall seconds */
  sync(): Promise<{ cpu: number; wall: number }>;
}

/** The mirror with the measurements of bench/workers beside it. Without `copy` it only reads indexes. */
export async function startBenchMirror(
  source: string,
  options: { copy: boolean; state?: string },
): Promise<BenchMirror> {
  const config: RepositoryConfig = {
    sources: [{ kind: "http" as const, url: source, files: [], rewrites: [] }],
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
  };
  const runtime = await startRuntime({
    config: { repositories: { [repository]: config } },
    entry: join(import.meta.dirname, "../workers/entry.ts"),
    ...(options.state === undefined ? {} : { state: options.state }),
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
      await ask(`keeper/${repository}/sync${options.copy ? "" : "?read-only"}`);
      return { cpu: workerd.cpuSeconds() - cpu, wall: (performance.now() - wall) / 1000 };
    },
    [Symbol.asyncDispose]: () => runtime.dispose(),
  };
}
