import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { inspectorName, startRuntime } from "../../local/runtime.ts";
import type { NamedVersion } from "../../src/keeper/withdraw.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";
import { type MirroredRepository, configOf } from "./mirrored-repository.ts";

export interface MirrorOptions {
  /** Directory of the stored data, which outlives the mirror; without it nothing does. */
  state?: string;
  /** The repository at the root. */
  root?: string;
  secrets?: Record<string, string>;
  /** Its clock can be moved on, see `later`. */
  ownClock?: boolean;
}

/** Starts the whole Worker with embedded storage, and with these repositories to mirror. */
export async function startMirror(
  repositories: Readonly<Record<string, MirroredRepository>>,
  { state, root, secrets = {}, ownClock = false }: MirrorOptions = {},
): Promise<Mirror> {
  const config = {
    repositories: Object.fromEntries(
      Object.entries(repositories).map(([name, repository]) => [name, configOf(repository)]),
    ),
    ...(root === undefined ? {} : { root }),
  };
  const runtime = await startRuntime({
    config,
    secrets,
    port: 0,
    ...(state === undefined ? {} : { state }),
    ...(ownClock ? { entry: join(import.meta.dirname, "shifted-clock.ts") } : {}),
  });
  return new Mirror(runtime, Object.keys(repositories));
}

/** Milliseconds: a Worker that answers no more is to fail its test, and no later than that. */
const answerWithin = 20_000;

type Runtime = Awaited<ReturnType<typeof startRuntime>>;

/** What `stored` needs of R2: Miniflare's own type of it is not usable outside of workerd. */
interface Stores {
  BUCKET: {
    get(key: string): Promise<StoredObject | null>;
    put(key: string, text: string): Promise<unknown>;
    list(options: { prefix: string; cursor?: string }): Promise<StoredKeys>;
  };
}

interface StoredKeys {
  objects: { key: string }[];
  truncated: boolean;
  cursor?: string;
}

/** The mirror's own entrypoint. */
interface Operated {
  MIRROR: {
    withdraw(named: NamedVersion & { reason: string }): Promise<unknown>;
    reinstate(named: NamedVersion): Promise<unknown>;
  };
}

interface StoredObject {
  httpMetadata?: { contentType?: string };
  arrayBuffer(): Promise<ArrayBuffer>;
}

export class Mirror implements AsyncDisposable {
  readonly names: readonly string[];
  readonly #runtime: Runtime;
  #stopped = false;
  #pokedAt = 0;
  /** Milliseconds. */
  #ahead = 0;
  /** The look at all repositories that is yet to begin, shared by all who wait. */
  #coming: Promise<Statuses> | undefined;
  #latest: Promise<unknown> = Promise.resolve();

  constructor(runtime: Runtime, names: readonly string[]) {
    this.#runtime = runtime;
    this.names = names;
  }

  /** What users add to Helm, without a trailing slash. */
  urlOf(name: string): string {
    return `${this.#runtime.url.toString().replace(/\/$/, "")}/${name}`;
  }

  /** A path below the mirror, without a leading slash. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(this.urlOf(path), { signal: AbortSignal.timeout(answerWithin), ...init });
  }

  /** @throws {Error} unless the answer is 200 */
  async bytes(path: string): Promise<Uint8Array> {
    const response = await this.fetch(path);
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200)
      throw new Error(`${path}: ${response.status} ${new TextDecoder().decode(body)}`);
    return body;
  }

  async indexText(name: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(`${name}/index.yaml`));
  }

  /** What the index lists, by chart and version. */
  async listed(name: string): Promise<ListedVersion[]> {
    const index: ReadIndex = JSON.parse(await this.indexText(name));
    return Object.values(index.entries).flat();
  }

  /** What stands in R2 under a key, with its media type; `undefined` where nothing does. */
  async stored(key: string): Promise<{ bytes: Uint8Array; mediaType: string | undefined } | undefined> {
    const { BUCKET } = await this.#runtime.mf.getBindings<Stores>();
    const object = await BUCKET.get(key);
    if (object === null) return undefined;
    const bytes = new Uint8Array(await object.arrayBuffer());
    return { bytes, mediaType: object.httpMetadata?.contentType };
  }

  /** Writes over what stands in R2 under a key, as nobody should. */
  async corrupt(key: string, text = "rotten"): Promise<void> {
    const { BUCKET } = await this.#runtime.mf.getBindings<Stores>();
    await BUCKET.put(key, text);
  }

  /** The mirror's clock, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Moves its clock on, for what is tried again in hours. Only of a mirror with a clock of its own. */
  async later(seconds: number): Promise<void> {
    this.#ahead += seconds * 1000;
    await this.bytes(`-/ahead/${seconds * 1000}`);
    this.#pokedAt = 0;
  }

  /** Keys in R2 that begin so. */
  async storedKeys(prefix: string): Promise<string[]> {
    const { BUCKET } = await this.#runtime.mf.getBindings<Stores>();
    const keys: string[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await BUCKET.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
      keys.push(...page.objects.map(({ key }) => key));
      more = page.truncated;
      cursor = page.cursor;
    }
    return keys;
  }

  async status(name: string): Promise<RepositoryStatus> {
    return statusOf(await this.#statuses(), name);
  }

  /** Waits for a check that began after this call, whatever its outcome, and until nothing is left to copy. */
  async sync(name: string, seconds = 30): Promise<RepositoryStatus> {
    const asked = Date.now();
    return await this.waitFor(
      name,
      ({ sources, versions }) =>
        versions.pending === 0 && sources.every(({ checkedAt }) => Date.parse(checkedAt ?? "") > asked),
      seconds,
    );
  }

  /** Pokes the Keepers until the status is as it should be. @throws {Error} with the status as it is then */
  async waitFor(
    name: string,
    isReached: (status: RepositoryStatus) => boolean,
    seconds = 30,
  ): Promise<RepositoryStatus> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const status = statusOf(await this.#look(), name);
      if (isReached(status)) return status;
      if (Date.now() > end) throw new Error(`${name} did not get there: ${JSON.stringify(status, null, 2)}`);
    }
  }

  /** All who wait share one look, which begins after each of them asked: a status of each would be their greatest load. */
  async #look(): Promise<Statuses> {
    this.#coming ??= this.#lookSoon();
    return await this.#coming;
  }

  async #lookSoon(): Promise<Statuses> {
    await Promise.allSettled([this.#latest, delay(50)]);
    const look = this.#lookNow();
    this.#coming = undefined;
    this.#latest = look;
    return await look;
  }

  /** Each Keeper's alarms go on by themselves: to poke them again and again is for the one that lost its alarm. */
  async #lookNow(): Promise<Statuses> {
    if (Date.now() - this.#pokedAt > 1000) {
      this.#pokedAt = Date.now();
      await this.#runtime.poke();
    }
    return await this.#statuses();
  }

  async #statuses(): Promise<Statuses> {
    const response = await this.fetch("status.json");
    const { repositories }: { repositories: Statuses } = await response.json();
    return repositories;
  }

  /** What the operator does. */
  async withdraw(named: NamedVersion & { reason: string }): Promise<void> {
    const { MIRROR } = await this.#runtime.mf.getBindings<Operated>(inspectorName);
    await MIRROR.withdraw(named);
  }

  async reinstate(named: NamedVersion): Promise<void> {
    const { MIRROR } = await this.#runtime.mf.getBindings<Operated>(inspectorName);
    await MIRROR.reinstate(named);
  }

  /** Ends the runtime in the middle of whatever it does. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#runtime.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

type Statuses = Record<string, RepositoryStatus>;

function statusOf(statuses: Statuses, name: string): RepositoryStatus {
  const status = statuses[name];
  if (status === undefined) throw new Error(`/status.json does not know ${name}`);
  return status;
}

interface ReadIndex {
  entries: Record<string, ListedVersion[]>;
}

export interface ListedVersion {
  name: string;
  version: string;
  digest: string;
  urls: [string, ...string[]];
}
