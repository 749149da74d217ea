import type { RepositoryConfig } from "../config/config.ts";
import { passingCodes } from "../upstream/upstream-error.ts";
import { isAwaited } from "./await-member.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Which releases have to wait, because a source that is preferred to theirs may still show other bytes of the
 * same version: what is copied first is listed, and stays.
 */
export interface Preference {
  /** URLs of the sources, the preferred one first. */
  order: string[];
  /** Positions of those whose check is still going on, and of members that are still filling. */
  coming: number[];
  /** Row and position of the registries whose tags are being read. */
  reading: [row: number, position: number][];
}

/** undefined: there is a single source. */
export function preferenceOf(ledger: Ledger, config: RepositoryConfig, now: number): Preference | undefined {
  const { sources } = config;
  if (sources.length === 1) return undefined;
  const preference: Preference = { order: sources.map(({ url }) => url), coming: [], reading: [] };
  for (const [position, source] of sources.entries()) {
    const { row } = ledger.sources.open(source, config.limits);
    // One that fails, or that asked for a pause, keeps nobody waiting.
    const isComing = row.next_check <= now || isAwaited(ledger, row.id);
    if (row.state !== "failing" && isComing) preference.coming.push(position);
    if (source.kind === "oci" && row.state === "ok" && row.paused_until <= now) {
      preference.reading.push([row.id, position]);
    }
  }
  return preference;
}

/** Position of the most preferred source that has it, of those that are configured; ?3 are their URLs in order. */
export const rankOf = (release: string): string =>
  `(SELECT coalesce(min(source.key), 999) FROM json_each(?3) AS source, json_each(${release}.addresses) AS address
    WHERE source.value = address.value ->> 'source')`;

const passing = passingCodes.map((code) => `'${code}'`).join(", ");
/** How often what fails for the moment is tried before others need not wait for it: for some fifteen minutes. */
const triesWaitedFor = 5;

/**
 * A preferred source may still show other bytes: ?4 are those that are being asked, ?5 those whose tags are
 * read. Or it shows them, and they are not copied yet.
 */
export const hasToWait = `(release.state IN ('pending', 'failed') AND (
  EXISTS (SELECT 1 FROM json_each(?4) AS coming WHERE coming.value < ${rankOf("release")})
  OR EXISTS (SELECT 1 FROM json_each(?5) AS registry JOIN tag
    ON tag.source = registry.value ->> 0 AND tag.chart = release.chart
    AND tag.tag = replace(release.version, '+', '_')
    WHERE tag.manifest IS NULL AND tag.due IS NOT NULL
    AND (tag.code IS NULL OR (tag.attempts <= ${triesWaitedFor} AND tag.code IN (${passing})))
    AND registry.value ->> 1 < ${rankOf("release")})
  OR EXISTS (SELECT 1 FROM release AS better WHERE better.chart = release.chart
    AND better.sort_key = release.sort_key AND better.state = 'pending' AND better.due IS NOT NULL
    AND better.attempts <= ${triesWaitedFor} AND ${rankOf("better")} < ${rankOf("release")})))`;

/** What the two conditions above take as their parameters. */
export const bound = (preference: Preference | undefined): string[] =>
  preference === undefined
    ? []
    : [preference.order, preference.coming, preference.reading].map((part) => JSON.stringify(part));
