import { cache, DurableObject } from "cloudflare:workers";
import { config } from "../.chartkeep/mirror.ts";
import { createEdge } from "./edge/app.ts";
import { RepositoryKeeper } from "./keeper/repository-keeper.ts";
import type { KeeperEvent } from "./observability/event.ts";
import { failoverDocuments } from "./storage/failover-documents.ts";
import { kvDocuments } from "./storage/kv-documents.ts";
import { r2Archives } from "./storage/r2-archives.ts";
import { r2Documents } from "./storage/r2-documents.ts";
import { repositoryTag } from "./storage/cache-tag.ts";
import type { RepositoryStatus } from "./storage/status.ts";

/** Keeps one repository; its name is the object's name. */
export class Keeper extends DurableObject<Env> {
  readonly #keeper: RepositoryKeeper;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#keeper = new RepositoryKeeper({
      storage: state.storage,
      repositories: config.repositories,
      bucket: env.BUCKET,
      kv: env.KV,
      fetch: (url, init) => fetch(url, init),
      now: () => Date.now(),
      log,
      purge: purgeRepository,
    });
  }

  async poke(repository: string): Promise<void> {
    await this.#keeper.poke(repository);
  }

  override async alarm(): Promise<void> {
    await this.#keeper.alarm();
  }

  status(repository: string): RepositoryStatus | undefined {
    return this.#keeper.status(repository);
  }
}

const log = (event: KeeperEvent): void => console.log(JSON.stringify(event));

/** The platform's cache exists only there; locally there is nothing to purge. */
async function purgeRepository(repository: string): Promise<void> {
  const platformCache: CacheContext | undefined = cache;
  await platformCache?.purge({ tags: [repositoryTag(repository)] });
}

/** Readers wait for KV so long before they ask R2, and the other way round; in milliseconds. */
const patience = { first: 2000, second: 10_000 };

/** Gets stores that can only read. */
function edgeOf(env: Env) {
  const kv = kvDocuments(env.KV);
  const r2 = r2Documents(env.BUCKET);
  return createEdge({
    config,
    documents: { near: failoverDocuments(kv, r2, patience), origin: failoverDocuments(r2, kv, patience) },
    archives: r2Archives(env.BUCKET, patience.second),
    report: (failure) => console.error(JSON.stringify({ ...failure, error: String(failure.error) })),
  });
}

export default {
  async fetch(request, env, context) {
    return await edgeOf(env).fetch(request, env, context);
  },

  /** Idempotent: ticks may be lost, doubled or late. A Keeper that cannot be reached costs no other one. */
  async scheduled(_controller, env) {
    const names = Object.keys(config.repositories);
    await Promise.allSettled(names.map((name) => env.KEEPER.getByName(name).poke(name)));
  },
} satisfies ExportedHandler<Env>;
