import type { Limits, RepositoryConfig, SourceConfig } from "../config/config.ts";
import { isAwaited } from "./await-member.ts";
import type { Ledger } from "./ledger.ts";
import { preferenceOf } from "./preference.ts";

/** When there is something to ask or to copy next, in milliseconds since 1970. */
export function nextWork(ledger: Ledger, config: RepositoryConfig, now: number): number {
  const checks = config.sources.map((source) => nextDueOf(ledger, source, config.limits, now));
  const copy = Math.max(
    ledger.releases.nextDue(now, preferenceOf(ledger, config, now)) ?? never,
    ledger.number("copy-pause"),
  );
  return Math.min(...checks, copy);
}

export const never = Number.POSITIVE_INFINITY;

/** Whether what is published now is a step of a fill: more is done at once, or a member is still filling. */
export function isFilling(ledger: Ledger, config: RepositoryConfig, now: number): boolean {
  if (nextWork(ledger, config, now) <= now) return true;
  return config.sources.some(
    (source) =>
      source.kind === "member" && isAwaited(ledger, ledger.sources.open(source, config.limits).row.id),
  );
}

function nextDueOf(ledger: Ledger, source: SourceConfig, limits: Limits, now: number): number {
  const { row, settingsChanged } = ledger.sources.open(source, limits);
  if (settingsChanged) return now;
  if (source.kind !== "oci" || row.state !== "ok") return row.next_check;
  const tags = ledger.fact(`recheck:${row.id}`) === undefined ? ledger.tags.nextDue(row.id) : now;
  return Math.min(row.next_check, Math.max(tags ?? never, row.paused_until));
}
