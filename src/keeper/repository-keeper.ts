import type { Budget, RepositoryConfig } from "../config/config.ts";
import { RevisionStore } from "../storage/revision-store.ts";
import { versionSortKey } from "../helm/version.ts";
import type { RepositoryStatus } from "../storage/status.ts";
import type { Withdrawals } from "../storage/withdrawals.ts";
import { RegistryTokens } from "../upstream/registry-tokens.ts";
import { tellWithdrawals } from "./apply-withdrawals.ts";
import { backoffSeconds } from "./backoff.ts";
import { Ledger } from "./ledger.ts";
import { type OperatorAction, type OperatorResult, operate } from "./operate.ts";
import { archivesLost } from "./repair.ts";
import { reportStatus } from "./report.ts";
import type { KnownDigests } from "./withdrawn-table.ts";
import { nextDue, runUnit, type UnitParts } from "./unit.ts";

export type KeeperParts = Omit<UnitParts, "repository" | "config" | "budget" | "ledger" | "tokens"> & {
  storage: DurableObjectStorage;
  repositories: Readonly<Record<string, RepositoryConfig>>;
};

/**
 * Keeps one repository in step with its sources: a chain of alarms, each of which does one unit of work.
 * One lives in each Durable Object, which is single-threaded, so units never overlap.
 */
export class RepositoryKeeper {
  readonly #parts: KeeperParts;
  readonly #ledger: Ledger;
  readonly #tokens: RegistryTokens;
  #working = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#ledger = new Ledger(parts.storage);
    this.#tokens = new RegistryTokens(parts.now);
  }

  /**
   * Sees to it that an alarm is set for what is due. Costs next to nothing and may be repeated at will.
   *
   * @param withdrawals the number that they have now, where that is known
   * @returns what is withdrawn, if a later number was applied here
   */
  async poke(repository: string, withdrawals?: number): Promise<Withdrawals | undefined> {
    const { now } = this.#parts;
    const config = this.#parts.repositories[repository];
    if (config === undefined) return undefined;
    const later = withdrawals === undefined ? undefined : tellWithdrawals(this.#ledger, withdrawals, now());
    if (!this.#working) await this.#setAlarm(repository, config);
    return later;
  }

  async #setAlarm(repository: string, config: RepositoryConfig): Promise<void> {
    const { storage, now } = this.#parts;
    if (this.#ledger.fact("repository") === undefined) this.#ledger.remember("repository", repository);
    const due = Math.max(nextDue(this.#ledger, config, now()), now());
    const alarm = await storage.getAlarm();
    if (alarm === null || (alarm > due && !this.#isStuck())) await storage.setAlarm(due);
  }

  /** A member has published: it is asked now, and not at its next check. May be repeated at will. */
  async memberPublished(repository: string, member: string): Promise<void> {
    const { repositories, now } = this.#parts;
    const config = repositories[repository];
    const source = config?.sources.find((one) => one.kind === "member" && one.repository === member);
    if (config === undefined || source === undefined) return;
    const { row } = this.#ledger.sources.open(source, config.limits);
    this.#ledger.remember(`announced:${row.id}`, 1);
    this.#ledger.sources.postponed(row.id, Math.min(row.next_check, now()));
    await this.poke(repository);
  }

  /** What the operator wants of this repository, begun at once. */
  async operate(repository: string, action: OperatorAction): Promise<OperatorResult> {
    const { bucket, kv, now } = this.#parts;
    const store = new RevisionStore(bucket, kv, repository);
    const result = await operate({ ledger: this.#ledger, store, now }, action);
    if (result.kind === "done") await this.#wake(repository);
    return result;
  }

  /** Another repository found that archives are missing in storage: those that this one has, too. */
  async archivesLost(repository: string, digests: readonly string[]): Promise<void> {
    const releases = this.#ledger.damage.storedWith(digests);
    if (releases.length === 0) return;
    archivesLost(this.#ledger, releases, "another repository found it missing in storage", this.#parts.now());
    await this.poke(repository);
  }

  /** Whether a unit goes on, or is due. */
  isAtWork(repository: string): boolean {
    const config = this.#parts.repositories[repository];
    const now = this.#parts.now();
    return config !== undefined && (this.#working || nextDue(this.#ledger, config, now) <= now);
  }

  /** One unit, and the alarm for the next. Never throws: what goes wrong is logged and tried again later. */
  async alarm(): Promise<void> {
    const { storage, now, log } = this.#parts;
    const repository = this.#ledger.fact("repository");
    const config = repository === undefined ? undefined : this.#parts.repositories[repository];
    if (repository === undefined || config === undefined) return; // no longer configured
    // Before the work: a unit that dies with its isolate has its successor already, later every time.
    const attempt = this.#ledger.number("unfinished-units") + 1;
    this.#ledger.remember("unfinished-units", attempt);
    await storage.setAlarm(now() + backoffSeconds(attempt, 5, 900) * 1000);
    this.#working = true;
    try {
      const budget = shrink(config.budget, attempt);
      const [ledger, tokens] = [this.#ledger, this.#tokens];
      await runUnit({ ...this.#parts, repository, config, budget, ledger, tokens });
      this.#ledger.remember("unfinished-units", undefined);
      await storage.setAlarm(Math.max(nextDue(this.#ledger, config, now()), now()));
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      log({ event: "unit-failed", repository, attempt, message });
      await storage.setAlarm(now() + backoffSeconds(attempt, 5, 900) * 1000);
    } finally {
      this.#working = false;
    }
  }

  /** `undefined` where no such version is known. */
  digestsOf(repository: string, chart: string, version: string): KnownDigests | undefined {
    if (this.#parts.repositories[repository] === undefined) return undefined;
    return this.#ledger.withdrawn.digestsOf(chart, versionSortKey(version) ?? version);
  }

  /** How things stand at this moment, in the middle of a unit too. */
  status(repository: string): RepositoryStatus | undefined {
    const config = this.#parts.repositories[repository];
    return config === undefined ? undefined : reportStatus(this.#ledger, config);
  }

  /** Whatever the back-off of a unit that died says: somebody waits. A unit that goes on sets the alarm at its end. */
  async #wake(repository: string): Promise<void> {
    if (this.#ledger.fact("repository") === undefined) this.#ledger.remember("repository", repository);
    if (!this.#working) await this.#parts.storage.setAlarm(this.#parts.now());
  }

  /** A unit died; its successor's time is set by the back-off and is not to be brought forward. */
  #isStuck(): boolean {
    return this.#ledger.number("unfinished-units") > 0;
  }
}

/** A unit that died may have been too large for its isolate: each further attempt does half as much. */
export function shrink(budget: Budget, attempt: number): Budget {
  const share = 2 ** Math.max(0, Math.min(attempt, 10) - 1);
  const part = (amount: number, least: number) => Math.max(least, Math.floor(amount / share));
  return {
    entries: part(budget.entries, 10),
    archives: part(budget.archives, 1),
    subrequests: part(budget.subrequests, 10),
  };
}
