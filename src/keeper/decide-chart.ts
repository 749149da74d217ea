import type { Policies } from "../config/policies.ts";
import { newestVersions } from "../helm/version-ranks.ts";
import {
  type Candidate,
  type VersionDecision,
  decideListing,
  skipped,
  whyHeldBack,
} from "./decide-listing.ts";

export interface ChartVersion {
  version: string;
  sortKey: string;
  releases: Candidate[];
  /** See `VersionRules`. */
  isSelected: boolean;
  isHidden: boolean;
  /** No source shows it. */
  isLost: boolean;
  /** What was noted of that before. */
  loss: { isFollowed: boolean } | undefined;
}

export type ChartRules = Pick<Policies, "change" | "minimumAge" | "keepNewest"> & { now: number };

export type DecidedVersion = ChartVersion & { decision: VersionDecision };

/**
 * What is listed of a chart. Of what its versions allow, `keepNewest` takes the newest: an older version leaves the
 * index when a newer one is listed, not when it is announced. Those that are not in storage yet are worth copying
 * as long as there are not enough newer ones that are listed or to be copied themselves; one that cannot be
 * copied, or that waits for its age, leaves its place to the next.
 *
 * @param versions newest first
 */
export function decideChart(versions: readonly ChartVersion[], rules: ChartRules): DecidedVersion[] {
  const listed = newestVersions(rules.keepNewest);
  const wanted = newestVersions(rules.keepNewest);
  return versions.map((one) => {
    const decision = decideListing(one.releases, { ...rules, ...one });
    if (!one.isSelected) return { ...one, decision };
    const isListable = decision.listed !== undefined;
    const isBeyond = (isListable ? listed : wanted).isBeyond(one.version);
    if (isListable) listed.count(one.version);
    if (isListable || one.releases.some((release) => isComing(release, rules))) wanted.count(one.version);
    return { ...one, decision: isBeyond ? skipped(one.releases) : decision };
  });
}

/**
 * What is to be noted of a version that no source shows any more: a loss, as long as it is still listed; nothing
 * when it is shown again.
 */
export function lossOf({ isLost, loss, decision }: DecidedVersion): "note" | "forget" | undefined {
  if (loss === undefined) return isLost && decision.listed !== undefined ? "note" : undefined;
  const isOver = !isLost || (!loss.isFollowed && decision.listed === undefined);
  return isOver ? "forget" : undefined;
}

/** Listed as soon as it is copied. */
const isComing = (release: Candidate, rules: ChartRules): boolean =>
  (release.state === "pending" || release.state === "skipped") &&
  release.isShown &&
  release.refusal === undefined &&
  whyHeldBack(release, rules) === undefined;
