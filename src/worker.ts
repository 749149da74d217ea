import { DurableObject, env, waitUntil, WorkerEntrypoint } from "cloudflare:workers";
import { config } from "../.chartkeep/mirror.ts";
import { createEdge } from "./edge/app.ts";
import type { OperatorAction, OperatorResult } from "./keeper/operate.ts";
import { recoverWithdrawals } from "./keeper/recover-withdrawals.ts";
import { RepositoryKeeper } from "./keeper/repository-keeper.ts";
import { announce, tellLost } from "./keeper/tell-keepers.ts";
import {
  type NamedVersion,
  reinstate,
  type ReinstateOutcome,
  withdraw,
  type Withdrawing,
  type WithdrawOutcome,
} from "./keeper/withdraw.ts";
import type { KnownDigests } from "./keeper/withdrawn-table.ts";
import type { KeeperEvent, OperatorEvent } from "./observability/event.ts";
import { logLine } from "./observability/log-line.ts";
import { toldError } from "./observability/told-error.ts";
import { createOperator } from "./operator/app.ts";
import type { Standing } from "./operator/operator-parts.ts";
import type { Operation } from "./operator/operations.ts";
import { reinstateResult, withdrawResult } from "./operator/withdrawal-results.ts";
import { isForOperator } from "./operator/resolve-operation.ts";
import { usableToken } from "./operator/token.ts";
import { createRegistry, isForRegistry } from "./registry/app.ts";
import { AuditLog } from "./storage/audit-log.ts";
import { digestTag, repositoryTag } from "./storage/cache-tag.ts";
import { ContentsMemo } from "./storage/contents-memo.ts";
import { failoverDocuments } from "./storage/failover-documents.ts";
import { kvDocuments } from "./storage/kv-documents.ts";
import { kvWrites } from "./storage/kv-writes.ts";
import { r2Archives } from "./storage/r2-archives.ts";
import { r2Documents } from "./storage/r2-documents.ts";
import { WithdrawalsMemo } from "./storage/withdrawals-memo.ts";
import type { Withdrawals } from "./storage/withdrawals.ts";
import type { RepositoryStatus } from "./storage/status.ts";

/** A Keeper waits for each write of KV so long, in milliseconds: 25 MiB take some seconds. */
const kvPatience = 60_000;

/** Keeps one repository; its name is the object's name. */
export class Keeper extends DurableObject<Env> {
  readonly #keeper: RepositoryKeeper;

  constructor(state: DurableObjectState, bindings: Env) {
    super(state, bindings);
    this.#keeper = new RepositoryKeeper({
      storage: state.storage,
      repositories: config.repositories,
      bucket: bindings.BUCKET,
      kv: kvWrites(bindings.KV, kvPatience),
      fetch: (url, init) => fetch(url, init),
      now: () => Date.now(),
      log: (event: KeeperEvent) => console.log(logLine(event)),
      purge: (repository, digests) => state.exports.default.purge(repository, digests),
      announce: (repository) => announce(bindings.KEEPER, config.repositories, repository),
      tellLost: (repository, digests) => tellLost(bindings.KEEPER, config.repositories, repository, digests),
      secret: (name: string) => secretOf(bindings, name),
    });
  }

  async poke(repository: string, withdrawals?: number): Promise<Withdrawals | undefined> {
    return await this.#keeper.poke(repository, withdrawals);
  }

  /** `undefined` where the repository knows no such version. */
  digestsOf(repository: string, chart: string, version: string): KnownDigests | undefined {
    return this.#keeper.digestsOf(repository, chart, version);
  }

  async memberPublished(repository: string, member: string): Promise<void> {
    await this.#keeper.memberPublished(repository, member);
  }

  async operate(repository: string, action: OperatorAction): Promise<OperatorResult> {
    return await this.#keeper.operate(repository, action);
  }

  async archivesLost(repository: string, digests: readonly string[]): Promise<void> {
    await this.#keeper.archivesLost(repository, digests);
  }

  standing(repository: string): Standing {
    return { working: this.#keeper.isAtWork(repository), status: this.status(repository) ?? null };
  }

  override async alarm(): Promise<void> {
    await this.#keeper.alarm();
  }

  status(repository: string): RepositoryStatus | undefined {
    return this.#keeper.status(repository);
  }
}

/** The names of secrets stand in mirror.yaml, so the generated type of the bindings cannot know them. */
function secretOf(bindings: Env, name: string): string | undefined {
  const value: unknown = Reflect.get(bindings, name);
  return typeof value === "string" ? value : undefined;
}

/** A Keeper that does not answer a tick for so long, in milliseconds, is poked by the next one. */
const pokePatience = 30_000;
/** Readers wait for KV so long before they ask R2, and the other way round; in milliseconds. */
const patience = { first: 2000, second: 10_000 };
/** Characters of tables of contents that an isolate of 128 MB keeps; parsed they take several times as much. */
const keptContents = 8_000_000;
/** The API for zones takes so many at once. */
const tagsPerPurge = 30;
const kv = kvDocuments(env.KV);
const r2 = r2Documents(env.BUCKET);

/** Stores that can only read. */
const reading = {
  config,
  documents: { near: failoverDocuments(kv, r2, patience), origin: failoverDocuments(r2, kv, patience) },
  contents: new ContentsMemo(keptContents),
  withdrawals: new WithdrawalsMemo({ origin: r2, copy: kv }, () => Date.now(), waitUntil),
  archives: r2Archives(env.BUCKET, patience.second),
  now: () => Date.now(),
  waitUntil,
  report: ({ error, ...failure }: { error: unknown }) =>
    console.error(logLine({ ...failure, error: toldError(error) })),
};
const edge = createEdge(reading);
const registry = createRegistry(reading);

const tell = (event: OperatorEvent) => console.log(logLine(event));
const operatorToken = usableToken(secretOf(env, "OPERATOR_TOKEN"), tell);

export default class Chartkeep extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    // Without a token that is good enough the routes do not exist.
    if (operatorToken !== undefined && isForOperator(request)) {
      return await this.#operator(operatorToken).fetch(request);
    }
    return await (isForRegistry(request) ? registry : edge).fetch(request);
  }

  #operator(token: string): ReturnType<typeof createOperator> {
    const { KEEPER, BUCKET, OPERATOR_LIMIT: limiter } = this.env;
    return createOperator({
      token,
      config,
      limiter,
      audit: new AuditLog(BUCKET),
      act: (repository, operation) => this.#act(repository, operation),
      standing: async (repository) => await KEEPER.getByName(repository).standing(repository),
      now: () => Date.now(),
      log: tell,
    });
  }

  async #act(repository: string, operation: Operation): Promise<OperatorResult> {
    if (operation.kind === "withdraw") {
      return withdrawResult(await this.withdraw({ ...operation, repository }), operation);
    }
    if (operation.kind === "reinstate") {
      return reinstateResult(await this.reinstate({ ...operation, repository }), operation);
    }
    return await this.env.KEEPER.getByName(repository).operate(repository, operation);
  }

  /**
   * Wakes every Keeper, and tells it what is withdrawn. Idempotent: ticks may be lost, doubled or late. A Keeper that
   * cannot be reached costs no other one.
   */
  override async scheduled(): Promise<void> {
    await recoverWithdrawals(this.#withdrawing(), pokePatience);
  }

  async withdraw(named: NamedVersion & { reason: string }): Promise<WithdrawOutcome> {
    return await withdraw(this.#withdrawing(), named);
  }

  async reinstate(named: NamedVersion): Promise<ReinstateOutcome> {
    return await reinstate(this.#withdrawing(), named);
  }

  #withdrawing(): Withdrawing {
    const { BUCKET, KV, KEEPER } = this.env;
    return {
      bucket: BUCKET,
      kv: KV,
      repositories: Object.keys(config.repositories),
      keepers: {
        digestsOf: (name, chart, version) => KEEPER.getByName(name).digestsOf(name, chart, version),
        poke: (name, number) => KEEPER.getByName(name).poke(name, number),
      },
      purge: (tags) => this.#purgeTags(tags),
      now: () => Date.now(),
      log: (event) => console.log(logLine(event)),
    };
  }

  /**
   * Drops what the platform's cache holds of a repository, and what it holds under these digests of any. Here and
   * not in the Keeper, because a purge reaches the cache of the entrypoint that calls it. The cache exists only on
   * the platform.
   */
  async purge(repository: string, digests: readonly string[] = []): Promise<void> {
    await this.#purgeTags([repositoryTag(repository), ...digests.map(digestTag)]);
  }

  async #purgeTags(tags: readonly string[]): Promise<void> {
    for (let at = 0; at < tags.length; at += tagsPerPurge) {
      await this.ctx.cache?.purge({ tags: tags.slice(at, at + tagsPerPurge) });
    }
  }
}
