import type { RepositoryConfig } from "../config/config.ts";
import { type SourceHealth, type WithheldReason, decideLosses } from "./decide-losses.ts";
import type { Ledger } from "./ledger.ts";
import { forgetSummary } from "./report.ts";
import type { SourceRow } from "./sources-table.ts";
import { withheldReason } from "./withheld-reason.ts";

export interface SettlingLosses {
  ledger: Ledger;
  config: RepositoryConfig;
  now: () => number;
}

/** Withholds what was lost, or has it hidden, as the guard says. Writes only what that changes. */
export function settleLosses({ ledger, config, now }: SettlingLosses): void {
  if (config.policies.removal === "keep") return noteWithheld(ledger, undefined);
  const isIncomplete = (ledger.judgements.nextDue() ?? Infinity) <= now();
  if (isIncomplete) return;
  const pending = ledger.losses.pending();
  const { withheld, follow } = decideLosses(
    {
      ...pending,
      changedAt: ledger.number("losses-changed"),
      listed: pending.count === 0 ? 0 : ledger.listing.count(),
      withheld: withheldReason(ledger),
      sources: config.sources.map((source) => health(ledger.sources.open(source, config.limits).row)),
    },
    config.policies.guard,
  );
  if (withheld !== undefined || follow === undefined || follow < pending.since) {
    return noteWithheld(ledger, withheld);
  }
  ledger.transaction(() => {
    noteWithheld(ledger, withheld);
    ledger.losses.follow(follow);
    ledger.remember("losses-changed", now());
  });
}

/**
 * The operator agrees: what is withheld is hidden now.
 *
 * @returns how many versions; 0: nothing is withheld
 */
export function agreeToLosses(ledger: Ledger, now: number): number {
  if (withheldReason(ledger) === undefined) return 0;
  return ledger.transaction(() => {
    noteWithheld(ledger, undefined);
    ledger.remember("losses-changed", now);
    return ledger.losses.follow(Number.MAX_SAFE_INTEGER);
  });
}

function noteWithheld(ledger: Ledger, reason: WithheldReason | undefined): void {
  if (withheldReason(ledger) === reason) return;
  ledger.remember("withheld", reason);
  forgetSummary(ledger);
}

function health({ state, succeeded_at, outage }: SourceRow): SourceHealth {
  const last: { until: number } | undefined = outage === null ? undefined : JSON.parse(outage);
  return { isOk: state === "ok", succeededAt: succeeded_at, recoveredAt: last?.until ?? null };
}
