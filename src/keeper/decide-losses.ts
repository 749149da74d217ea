import type { Guard } from "../config/policies.ts";

export type WithheldReason = "large-loss" | "after-recovery";

/** What a source's checks said. Times are milliseconds since 1970. */
export interface SourceHealth {
  isOk: boolean;
  succeededAt: number | null;
  /** End of its last outage. */
  recoveredAt: number | null;
}

export interface Losses {
  /** Listed versions that no source shows, and that are not hidden. */
  count: number;
  /** When the first of them was noted. */
  since: number;
  /** When one was last added or came back. */
  changedAt: number;
  /** Versions that are listed, these included. */
  listed: number;
  /** They were withheld already. */
  withheld: WithheldReason | undefined;
  sources: readonly SourceHealth[];
}

export interface LossDecision {
  withheld: WithheldReason | undefined;
  /** Losses noted until then are followed; undefined: none is. */
  follow: number | undefined;
}

/**
 * Whether versions that vanished are hidden. All that are pending count as one loss, so that it cannot come in
 * slices; what is withheld once stays so until nothing is missing any more. Nothing is followed while a source
 * fails, nor before every source has shown, by a good answer after that time, that the versions are still missing.
 */
export function decideLosses(losses: Losses, guard: Guard): LossDecision {
  if (losses.count === 0) return { withheld: undefined, follow: undefined };
  const withheld = losses.withheld ?? whyWithheld(losses, guard);
  const seenAt = seenBy(losses.sources);
  if (withheld === undefined) return { withheld, follow: seenAt - guard.grace * 1000 };
  const isConfirmed = losses.changedAt + guard.confirmAfter * 1000 <= seenAt;
  return isConfirmed ? { withheld: undefined, follow: seenAt } : { withheld, follow: undefined };
}

function whyWithheld(losses: Losses, guard: Guard): WithheldReason | undefined {
  const { count, listed, since, sources } = losses;
  if (count > guard.maxLoss.count && count > listed * guard.maxLoss.share) return "large-loss";
  const isDoubtful = ({ recoveredAt }: SourceHealth): boolean =>
    recoveredAt !== null && since < recoveredAt + guard.afterRecovery * 1000;
  return sources.some(isDoubtful) ? "after-recovery" : undefined;
}

/** Until when all sources have been heard. */
const seenBy = (sources: readonly SourceHealth[]): number =>
  Math.min(...sources.map(({ isOk, succeededAt }) => (isOk ? (succeededAt ?? 0) : 0)));
