import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Log, LogLevel, Miniflare, type MiniflareOptions, type WorkerdStructuredLog } from "miniflare";
import type { Config } from "../src/config/config.ts";
import type { RepositoryStatus } from "../src/storage/status.ts";
import { bundleWorker } from "./bundle.ts";
import { type WorkerSettings, readWorkerSettings } from "./worker-settings.ts";

const project = resolve(import.meta.dirname, "..");

type WorkerModule = MiniflareOptions["workers"][number]["config"]["manifest"];

export interface RuntimeOptions {
  config: Config;
  /** The system chooses a free port where none is given. */
  port?: number;
  /** The address to listen on. */
  host?: string;
  /** Folder in which KV, R2 and the Durable Objects are kept; without it, everything is gone in the end. */
  state?: string;
  /** Name → value of what the configuration's `credentials` name. */
  secrets?: Readonly<Record<string, string>>;
  /** The Worker's module, if not src/worker.ts. */
  entry?: string;
  /** Each line that the Worker or the runtime logs; without it they go nowhere. */
  onLog?: (log: WorkerdStructuredLog) => void;
}

export interface Runtime {
  url: URL;
  mf: Miniflare;
  /** What the cron does: wakes the Keeper of every repository. Resolves before they have done their work. */
  poke(): Promise<void>;
  /** How a repository stands at this moment; its Keeper answers in the middle of its work too. */
  status(repository: string): Promise<RepositoryStatus | null>;
  dispose(): Promise<void>;
}

/** Runs the Worker in workerd, with embedded KV, R2 and SQLite Durable Objects, as wrangler.toml binds them. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, port = 0, host = "127.0.0.1", state, secrets = {}, onLog = () => undefined } = options;
  const script = await bundleWorker(options.entry ?? join(project, "src/worker.ts"), config);
  if (state !== undefined) await mkdir(state, { recursive: true });
  const worker = readWorkerSettings(join(project, "wrangler.toml"));
  const mf = new Miniflare({
    host,
    port,
    cf: false, // asking Cloudflare for a sample of request.cf would need the internet
    logRequests: false,
    log: new RuntimeLog(onLog),
    handleStructuredLogs: onLog,
    ...(state === undefined ? {} : { resourcePersistencePath: resolve(state) }),
    workers: [
      { config: { ...worker, env: { ...textBindings(secrets), ...worker.env }, manifest: moduleOf(script) } },
      { config: { ...inspector(worker), manifest: moduleOf(inspectorScript) } },
    ],
  });
  try {
    return runtimeOf(mf, await mf.ready);
  } catch (error) {
    await mf.dispose(); // its threads would keep the process alive
    throw error;
  }
}

/** As the platform binds secrets: a text each, beside the stores. */
function textBindings(texts: Readonly<Record<string, string>>): NonNullable<WorkerSettings["env"]> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, { type: "text" as const, value }]),
  );
}

/** What Miniflare itself warns of: that workerd crashed and was started again, for one. */
class RuntimeLog extends Log {
  readonly #onLog: (log: WorkerdStructuredLog) => void;

  constructor(onLog: (log: WorkerdStructuredLog) => void) {
    super(LogLevel.WARN);
    this.#onLog = onLog;
  }

  override logWithLevel(level: LogLevel, message: string): void {
    if (level > LogLevel.WARN) return;
    this.#onLog({ timestamp: Date.now(), level: level === LogLevel.WARN ? "warn" : "error", message });
  }
}

/** A Worker beside the mirror's that lets Node reach into it. */
export const inspectorName = "inspector";

/**
 * Miniflare could ask Keepers itself, but hands their answers over as proxies, each of whose properties
 * costs a blocking round trip.
 */
const inspectorScript = `export default {
  async fetch(request, { KEEPER }) {
    const repository = new URL(request.url).searchParams.get("repository");
    return Response.json((await KEEPER.getByName(repository).status(repository)) ?? null);
  },
};`;

interface InspectorBindings {
  INSPECTOR: { fetch(url: string): Promise<{ ok: boolean; text(): Promise<string> }> };
  MIRROR: { scheduled(event: { cron: string }): Promise<unknown> };
}

function inspector({ name, compatibilityDate }: WorkerSettings): WorkerSettings {
  return {
    name: inspectorName,
    compatibilityDate,
    env: {
      INSPECTOR: { type: "worker", worker: inspectorName },
      MIRROR: { type: "worker", worker: name },
      KEEPER: { type: "durable-object", worker: name, exportName: "Keeper" },
    },
  };
}

function moduleOf(script: string): WorkerModule {
  return {
    mainModule: "worker.js",
    modulesRoot: "/",
    modules: { "worker.js": { type: "esm", contents: script } },
  };
}

function runtimeOf(mf: Miniflare, url: URL): Runtime {
  return {
    url,
    mf,
    poke: async () => {
      const { MIRROR } = await mf.getBindings<InspectorBindings>(inspectorName);
      await MIRROR.scheduled({ cron: "* * * * *" });
    },
    status: async (repository) => {
      const { INSPECTOR } = await mf.getBindings<InspectorBindings>(inspectorName);
      const answer = await INSPECTOR.fetch(
        `http://inspector/?${new URLSearchParams({ repository }).toString()}`,
      );
      if (!answer.ok) throw new Error(`The Keeper of ${repository} does not answer: ${await answer.text()}`);
      return JSON.parse(await answer.text());
    },
    dispose: async () => await mf.dispose(),
  };
}
