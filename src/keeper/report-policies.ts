import type { RepositoryConfig } from "../config/config.ts";
import type { Policies } from "../config/policies.ts";
import { policiesStatus } from "../storage/policies-status.ts";
import type { RepositoryStatus, WaitingVersions } from "../storage/status.ts";
import type { Ledger } from "./ledger.ts";
import { withheldReason } from "./withheld-reason.ts";

/** As many versions as a status names that wait for their age. */
const waitingShown = 20;

/** The policies, and what they hold back. */
export function reportPolicies(
  ledger: Ledger,
  { policies }: RepositoryConfig,
): Pick<RepositoryStatus, "policies" | "withheld"> {
  return { policies: policiesStatus(policies), withheld: reportWithheld(ledger, policies) };
}

function reportWithheld(ledger: Ledger, { guard }: Policies): RepositoryStatus["withheld"] {
  const reason = withheldReason(ledger);
  if (reason === undefined) return null;
  const since = ledger.number("losses-changed");
  return {
    count: ledger.losses.pending().count,
    since: time(since),
    reason,
    followsAt: time(since + guard.confirmAfter * 1000),
  };
}

export function reportWaiting(ledger: Ledger, { policies }: RepositoryConfig): WaitingVersions {
  const count = ledger.figures.countWaiting();
  const versions = count === 0 ? [] : ledger.figures.waiting(waitingShown);
  return {
    count,
    versions: versions.map(({ aged_from: agedFrom, ...version }) => ({
      ...version,
      listableAt: time(agedFrom + policies.minimumAge * 1000),
    })),
  };
}

const time = (at: number): string => new Date(at).toISOString();
