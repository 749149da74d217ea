import { join } from "node:path";
import { Miniflare } from "miniflare";
import { bundleWorker } from "../../local/bundle.ts";
import { readWorkerSettings } from "../../local/worker-settings.ts";
import type { Peer } from "./peer.ts";

const project = join(import.meta.dirname, "../..");

export interface NaiveOptions {
  /** Without a trailing slash. */
  upstream: string;
  /** Megabytes at which the JavaScript heap ends; without it nowhere. */
  heap?: number;
}

/** bench/workers/naive.ts in a workerd of its own, of the same version and date as the mirror's. */
export async function startNaiveWorker({ upstream, heap }: NaiveOptions): Promise<Peer> {
  const script = await bundleWorker(join(project, "bench/workers/naive.ts"), { repositories: {} });
  const { compatibilityDate } = readWorkerSettings(join(project, "wrangler.toml"));
  if (heap !== undefined) process.env["MINIFLARE_WORKERD_V8_FLAGS"] = `--max-heap-size=${heap}`;
  const mf = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    logRequests: false,
    handleStructuredLogs: () => undefined,
    workers: [
      {
        config: {
          name: "naive",
          compatibilityDate,
          env: { UPSTREAM: { type: "text", value: upstream } },
          manifest: {
            mainModule: "worker.js",
            modulesRoot: "/",
            modules: { "worker.js": { type: "esm", contents: script } },
          },
        },
      },
    ],
  });
  const url = (await mf.ready).toString().replace(/\/$/, "");
  delete process.env["MINIFLARE_WORKERD_V8_FLAGS"];
  return { url, [Symbol.asyncDispose]: () => mf.dispose() };
}
