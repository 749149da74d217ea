import { env, runInDurableObject } from "cloudflare:test";
import type { MemberSourceConfig, RepositoryConfig } from "../../src/config/config.ts";
import { mergedWith } from "../../src/keeper/merged-with.ts";
import { RepositoryKeeper } from "../../src/keeper/repository-keeper.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import {
  FakeUpstream,
  type Harness,
  type IndexedVersion,
  createHarness,
  indexOf,
  repositoryConfig,
  requireEveryArchive,
  statusOf,
} from "./keeper-harness.ts";

export const memberSource = (repository: string): MemberSourceConfig => ({
  kind: "member",
  url: `member:${repository}`,
  repository,
});

let mirrors = 0;

/** Repositories of one mirror: a Keeper each, in a Durable Object of its own; one storage, one clock. */
export class SmallMirror {
  readonly #repositories: Record<string, RepositoryConfig> = {};
  readonly #upstreams = new Map<string, FakeUpstream>();
  readonly #clock = { now: Date.UTC(2026, 0, 1) };
  readonly #mirror: number;
  /** What is done to the parts of every harness, such as failing stores. */
  prepare: (harness: Harness) => void = () => undefined;
  /** Whether members tell whoever contains them that they have published. */
  announces = true;

  constructor() {
    mirrors += 1;
    this.#mirror = mirrors;
  }

  /** As repositories of several tests lie in one storage. */
  nameOf(name: string): string {
    return `${name}-${this.#mirror}`;
  }

  /** A repository with an HTTP source of its own. */
  add(name: string, settings: Partial<RepositoryConfig> = {}): FakeUpstream {
    const upstream = new FakeUpstream();
    this.#repositories[this.nameOf(name)] = { ...repositoryConfig, ...settings };
    this.#upstreams.set(name, upstream);
    return upstream;
  }

  merge(name: string, members: readonly string[], settings: Partial<RepositoryConfig> = {}): void {
    const sources = members.map((member) => memberSource(this.nameOf(member)));
    this.#repositories[this.nameOf(name)] = { ...repositoryConfig, ...settings, sources };
  }

  wait(seconds: number): void {
    this.#clock.now += seconds * 1000;
  }

  /** Works with a repository's Keeper; what it publishes is announced afterwards. */
  async on<T>(name: string, work: (harness: Harness) => Promise<T>): Promise<T> {
    const published: string[] = [];
    const result = await this.#inside(name, async (harness) => {
      harness.parts.announce = (member) => Promise.resolve(void published.push(member));
      this.prepare(harness);
      return await work(harness);
    });
    if (this.announces) for (const member of published) await this.announce(member);
    return result;
  }

  async #inside<T>(
    name: string,
    work: (harness: Harness, storage: DurableObjectStorage) => Promise<T>,
  ): Promise<T> {
    const repository = this.nameOf(name);
    const config = this.#repositories[repository];
    if (config === undefined) throw new Error(`${name} was not added`);
    const upstream = this.#upstreams.get(name);
    return await runInDurableObject(env.LEDGERS.getByName(repository), async (_instance, { storage }) => {
      return await work(createHarness(repository, config, storage, upstream, this.#clock), storage);
    });
  }

  /** As the Worker does it when this repository has published. */
  async announce(member: string): Promise<void> {
    for (const repository of mergedWith(member, this.#repositories)) {
      const name = repository.slice(0, repository.lastIndexOf("-"));
      await this.#inside(name, async ({ parts }, storage) => {
        const keeper = new RepositoryKeeper({ ...parts, storage, repositories: this.#repositories });
        await keeper.memberPublished(repository, member);
      });
    }
  }

  /** What a query over a repository's ledger gives. */
  async rows(name: string, query: string): Promise<Record<string, SqlStorageValue>[]> {
    return await this.#inside(name, (_harness, { sql }) => Promise.resolve(sql.exec(query).toArray()));
  }

  /** Units of these repositories in turn, until none of them has anything due. */
  async settle(...names: string[]): Promise<void> {
    for (let round = 0; round < 100; round += 1) {
      const worked: boolean[] = [];
      for (const name of names) {
        worked.push(
          await this.on(name, async ({ parts, ...harness }) => {
            if (nextDue(parts.ledger, parts.config, this.#clock.now) > this.#clock.now) return false;
            await harness.unit();
            return true;
          }),
        );
      }
      if (!worked.includes(true)) return;
    }
    throw new Error("something is due for ever");
  }
}

/** An upstream's index with these versions, each with its own bytes; `content` where they are not its name's. */
export async function publish(
  upstream: FakeUpstream,
  versions: readonly [chart: string, version: string, content?: string][],
): Promise<string[]> {
  const entries: IndexedVersion[] = [];
  for (const [chart, version, content = `${chart} ${version}`] of versions) {
    const digest = await upstream.archive(`${chart}-${version}.tgz`, content);
    entries.push({ chart, version, digest });
  }
  upstream.put("index.yaml", indexOf(entries));
  return entries.map(({ digest = "" }) => digest);
}

/** What a repository lists, as `chart version digest`. */
export async function listed(mirror: SmallMirror, name: string): Promise<string[]> {
  return await mirror.on(name, async (harness) => {
    await requireEveryArchive(harness);
    const { entries } = await harness.index();
    return Object.values(entries)
      .flat()
      .map(({ name: chart, version, digest }) => `${chart} ${version} ${digest}`);
  });
}

export const textOf = (mirror: SmallMirror, name: string): Promise<string> =>
  mirror.on(name, (harness) => harness.indexText());

export const statusIn = (mirror: SmallMirror, name: string) =>
  mirror.on(name, (harness) => Promise.resolve(statusOf(harness)));

/** `a` and `b`, and `all` made of both. */
export function twoAndAll(settings: Partial<RepositoryConfig> = {}): {
  mirror: SmallMirror;
  a: FakeUpstream;
  b: FakeUpstream;
} {
  const mirror = new SmallMirror();
  const [a, b] = [mirror.add("a", settings), mirror.add("b")];
  mirror.merge("all", ["a", "b"]);
  return { mirror, a, b };
}
