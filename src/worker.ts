import { cache, DurableObject } from "cloudflare:workers";
import { config } from "../.chartkeep/mirror.ts";
import { createEdge } from "./edge/app.ts";
import { RepositoryKeeper } from "./keeper/repository-keeper.ts";
import type { KeeperEvent } from "./observability/event.ts";
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

export default {
  async fetch(request, env, context) {
    return await createEdge(env).fetch(request, env, context);
  },

  /** Idempotent: ticks may be lost, doubled or late. A Keeper that cannot be reached costs no other one. */
  async scheduled(_controller, env) {
    const names = Object.keys(config.repositories);
    await Promise.allSettled(names.map((name) => env.KEEPER.getByName(name).poke(name)));
  },
} satisfies ExportedHandler<Env>;
