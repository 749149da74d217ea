import { env, runInDurableObject } from "cloudflare:test";
import type { MemberSourceConfig, RepositoryConfig } from "../../src/config/config.ts";
import { mergedWith } from "../../src/keeper/merged-with.ts";
import { RepositoryKeeper } from "../../src/keeper/repository-keeper.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { FakeUpstream, type Harness, createHarness, repositoryConfig } from "./keeper-harness.ts";

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
    if (this.announces) for (const member of published) await this.#announce(member);
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

  async #announce(member: string): Promise<void> {
    for (const repository of mergedWith(member, this.#repositories)) {
      const name = repository.slice(0, repository.lastIndexOf("-"));
      await this.#inside(name, async ({ parts }, storage) => {
        const keeper = new RepositoryKeeper({ ...parts, storage, repositories: this.#repositories });
        await keeper.memberPublished(repository, member);
      });
    }
  }

  /** Units of these repositories in turn, until none of them has anything due. */
  async settle(...names: string[]): Promise<void> {
    for (let round = 0; round < 100; round += 1) {
      const worked: boolean[] = [];
      for (const name of names) {
        worked.push(
          await this.on(name, async ({ parts, unit }) => {
            if (nextDue(parts.ledger, parts.config, this.#clock.now) > this.#clock.now) return false;
            await unit();
            return true;
          }),
        );
      }
      if (!worked.includes(true)) return;
    }
    throw new Error("something is due for ever");
  }
}
