import type { Limits, RepositoryConfig, SourceConfig } from "../config/config.ts";
import { isAwaited } from "./await-member.ts";
import type { Ledger } from "./ledger.ts";
import { preferenceOf } from "./preference.ts";
import { nextVerification } from "./verification-due.ts";
import type { SourceRow } from "./sources-table.ts";

export const never = Number.POSITIVE_INFINITY;

/** When there is something to ask, to copy or to verify next, in milliseconds since 1970. */
export function nextWork(ledger: Ledger, config: RepositoryConfig, now: number): number {
  const checks = config.sources.map((source) => nextDueOf(ledger, source, config.limits, now));
  const verification = nextVerification(ledger, config, now) ?? never;
  return Math.min(...checks, nextCopy(ledger, config, now), verification);
}

/**
 * Whether what is published now is a step of a fill: something new is asked for, copied or judged at once, or a member is
 * still filling. To look at known tags again, which may take hours, is none; nor is the next ordinary check of a
 * source that was asked in this unit, where the unit took longer than the interval.
 */
export function isFilling(
  ledger: Ledger,
  config: RepositoryConfig,
  { began, now }: { began: number; now: number },
): boolean {
  const isComing = (source: SourceConfig): boolean => {
    const { row } = ledger.sources.open(source, config.limits);
    if (row.next_check <= began || isAwaited(ledger, row.id)) return true;
    return source.kind === "oci" && nextTag(ledger, row) <= now;
  };
  const isJudging =
    (ledger.judgements.nextDue() ?? never) <= now || nextVerification(ledger, config, now) === now;
  return isJudging || nextCopy(ledger, config, now) <= now || config.sources.some(isComing);
}

function nextCopy(ledger: Ledger, config: RepositoryConfig, now: number): number {
  const due = ledger.copyQueue.nextDue(now, preferenceOf(ledger, config, now)) ?? never;
  return Math.max(due, ledger.number("copy-pause"));
}

function nextDueOf(ledger: Ledger, source: SourceConfig, limits: Limits, now: number): number {
  const { row, settingsChanged } = ledger.sources.open(source, limits);
  if (settingsChanged) return now;
  if (source.kind !== "oci") return row.next_check;
  const recheck = ledger.fact(`recheck:${row.id}`) === undefined ? never : now;
  return Math.min(row.next_check, nextTag(ledger, row, recheck));
}

/** When a tag of a registry is to be read, or looked at again. */
function nextTag(ledger: Ledger, row: SourceRow, recheck = never): number {
  if (row.state !== "ok") return never;
  return Math.max(Math.min(ledger.tagQueue.nextDue(row.id) ?? never, recheck), row.paused_until);
}
