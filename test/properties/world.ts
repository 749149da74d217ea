import { env, runInDurableObject } from "cloudflare:test";
import type { Budget } from "../../src/config/config.ts";
import { versionSortKey } from "../../src/helm/version.ts";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import { operate, type OperatorAction, type OperatorResult } from "../../src/keeper/operate.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import type { Withdrawing } from "../../src/keeper/withdraw.ts";
import type { KnownDigests } from "../../src/keeper/withdrawn-table.ts";
import type { Withdrawals } from "../../src/storage/withdrawals.ts";
import { withdrawalsKey } from "../../src/storage/keys.ts";
import { RevisionStore } from "../../src/storage/revision-store.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";
import { edgeUnderTest, type EdgeUnderTest } from "../support/edge-under-test.ts";
import { failingStore } from "../support/failing-store.ts";
import { createHarness, type Harness, repositoryConfig, statusOf } from "../support/keeper-harness.ts";
import type { Ledgers } from "../support/worker.ts";
import { type Death, Isolate } from "./isolate.ts";
import { emptyModel, type Model } from "./model.ts";
import { ObservedBucket } from "./observed-bucket.ts";
import type { Kind } from "./upstream.ts";

export interface Work {
  /** By default as many as it takes until nothing is due. */
  units?: number;
  budget?: Budget;
  death?: Death;
}

/** Builds what a unit needs, in an isolate, over a Durable Object's storage. */
type Open = (storage: DurableObjectStorage, isolate: Isolate) => Harness;

/** A Keeper in a Durable Object of its own, whose isolate may die or be evicted. */
export class LivingKeeper {
  /** Whether it has ever done anything. */
  hasWorked = false;
  readonly #object: DurableObjectStub<Ledgers>;
  readonly #open: Open;
  /** Of the isolate that lives; none before its first work, and behind its end. */
  #harness: Harness | undefined;

  constructor(object: DurableObjectStub<Ledgers>, open: Open) {
    this.#object = object;
    this.#open = open;
  }

  evict(): void {
    this.#harness = undefined;
  }

  async loseLedger(): Promise<void> {
    await runInDurableObject(this.#object, (_object, { storage }) => storage.deleteAll());
    this.evict();
  }

  /** As its alarms would have it. An error is one of the Keeper's, unless its isolate is dead. */
  async work({ units, budget, death }: Work = {}): Promise<void> {
    this.hasWorked = true;
    if (death !== undefined) this.evict();
    const isolate = new Isolate(death);
    await this.#inside(async (harness) => {
      harness.parts.budget = budget ?? repositoryConfig.budget;
      try {
        if (units === undefined) await harness.settle();
        else for (let unit = 0; unit < units; unit += 1) await harness.unit();
      } catch (error) {
        if (!isolate.isDead) throw error;
      }
      await isolate.rest();
    }, isolate);
    if (death !== undefined) this.evict();
  }

  async operate(action: OperatorAction): Promise<OperatorResult> {
    return await this.#inside(async ({ ledger, parts, repository }) => {
      const store = new RevisionStore(parts.bucket, parts.kv, repository);
      return await operate({ ledger, store, now: parts.now }, action);
    });
  }

  async digestsOf(chart: string, version: string): Promise<KnownDigests | undefined> {
    return await this.#inside(({ ledger }) =>
      ledger.withdrawn.digestsOf(chart, versionSortKey(version) ?? version),
    );
  }

  async tellWithdrawals(number: number): Promise<Withdrawals | undefined> {
    return await this.#inside(({ ledger, parts }) => tellWithdrawals(ledger, number, parts.now()));
  }

  async status(): Promise<RepositoryStatus> {
    return await this.#inside(statusOf);
  }

  async isIdle(): Promise<boolean> {
    return await this.#inside(({ parts: { ledger, config, now } }) => nextDue(ledger, config, now()) > now());
  }

  /** What a Durable Object has can be used in its own context alone. */
  async #inside<T>(work: (harness: Harness) => T | Promise<T>, isolate = new Isolate()): Promise<T> {
    return await runInDurableObject(this.#object, async (_object, { storage }) => {
      this.#harness ??= this.#open(storage, isolate);
      return await work(this.#harness);
    });
  }
}

/** A repository of its own in the real stores: who keeps it, who reads it, and what befalls both. */
export interface World {
  repository: string;
  clock: { now: number };
  keeper: LivingKeeper;
  /** Thinks the repository its own, too; its ledger is as old as its last work. */
  other: LivingKeeper;
  kvIsDown: boolean;
  bucket: ObservedBucket;
  edge: EdgeUnderTest;
  /** With what versions are withdrawn. */
  withdrawing: Withdrawing;
  wait(seconds: number): void;
}

let worlds = 0;

/** Nothing of it is left behind in the bucket, so that what is there belongs to the next one. */
export async function withWorld<T>(kind: Kind, work: (model: Model, world: World) => Promise<T>): Promise<T> {
  worlds += 1;
  const model = emptyModel(`world-${worlds}`, kind.policies !== undefined);
  const world = createWorld(kind, model);
  try {
    return await work(model, world);
  } finally {
    await world.bucket.empty();
    await Promise.all([env.BUCKET.delete(withdrawalsKey), env.KV.delete(withdrawalsKey)]);
  }
}

function createWorld(
  { source, policies = repositoryConfig.policies, upstreamOf }: Kind,
  model: Model,
): World {
  const config = { ...repositoryConfig, sources: [source], policies };
  const { repository } = model;
  const clock = { now: Date.UTC(2026, 0, 1) };
  const kv = failingStore(env.KV, () => (world.kvIsDown ? "before" : "no"), { operations: 0 });
  const open: Open = (storage, isolate) => {
    const harness = createHarness(repository, config, isolate.storage(storage), undefined, clock);
    harness.parts.fetch = isolate.reach({ fetch: upstreamOf(model) }).fetch;
    harness.parts.bucket = isolate.reach(env.BUCKET);
    harness.parts.kv = isolate.reach(kv);
    return harness;
  };
  const keeper = (name: string) => new LivingKeeper(env.LEDGERS.getByName(`${repository}-${name}`), open);
  const world: World = {
    repository,
    clock,
    keeper: keeper("one"),
    other: keeper("other"),
    kvIsDown: false,
    bucket: new ObservedBucket(env.BUCKET, repository),
    edge: edgeUnderTest({
      config: { repositories: { [repository]: config } },
      kv,
      now: () => clock.now,
    }),
    withdrawing: {
      bucket: env.BUCKET,
      kv,
      repositories: [repository],
      keepers: {
        digestsOf: (_repository, chart, version) => world.keeper.digestsOf(chart, version),
        async poke(_repository, number) {
          if (number === undefined) return undefined;
          const known = [await world.keeper.tellWithdrawals(number)];
          if (world.other.hasWorked) known.push(await world.other.tellWithdrawals(number));
          return known.find((one) => one !== undefined);
        },
      },
      purge: () => Promise.resolve(),
      log: () => undefined,
      now: () => clock.now,
    },
    wait: (seconds) => void (clock.now += seconds * 1000),
  };
  return world;
}
