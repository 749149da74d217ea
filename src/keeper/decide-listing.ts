import type { Policies } from "../config/policies.ts";
import type { Refusal } from "./refusal.ts";
import type { ReleaseState } from "./releases-table.ts";

/**
 * Why a release that could be listed is not: left out by `include`, `exclude` or `keepNewest`; too young; its loss
 * was followed; or refused.
 */
export type Unlisted = "skipped" | "waiting" | "hidden" | Refusal;

/** One digest of a chart version. Times are milliseconds since 1970. */
export interface Candidate {
  id: number;
  state: ReleaseState;
  isListed: boolean;
  /** null: it never was. */
  firstListed: number | null;
  /** When its `minimumAge` began. */
  agedFrom: number;
  /** A source shows it. */
  isShown: boolean;
  /** The operator does not want to wait for its age. */
  isEarly: boolean;
  /** Position of the most preferred source that shows it. */
  rank: number;
  refusal: Refusal | undefined;
}

export interface VersionRules extends Pick<Policies, "change" | "minimumAge"> {
  /** `include` and `exclude` let it in. */
  isSelected: boolean;
  /** No source shows it any more, and that is followed. */
  isHidden: boolean;
  now: number;
}

export interface VersionDecision {
  /** What is to be listed of the version. */
  listed: Candidate | undefined;
  unlisted: ReadonlyMap<number, Unlisted>;
  /** When one of them is old enough. */
  lookAgain: number | undefined;
}

/**
 * Which of the digests of a chart version is listed. Only one in storage may be. With `pin` that is the digest
 * that was listed first, for good: people have it in lock files, and a release that changes behind one's back is an
 * accident or an attack. Where it is damaged or refused no other one takes its place. With `follow` it is what the
 * most preferred source shows; until that may be listed, and when no source shows any, what is listed stays.
 */
export function decideListing(releases: readonly Candidate[], rules: VersionRules): VersionDecision {
  if (!rules.isSelected) return skipped(releases);
  const withdrawn = releases.filter(({ refusal }) => refusal === "withdrawn"); // in storage or not
  const unlisted = new Map<number, Unlisted>(withdrawn.map(({ id }) => [id, "withdrawn"]));
  const ages: number[] = [];
  const eligible = candidates(releases, rules).filter((release) => {
    const reason = release.refusal ?? whyHeldBack(release, rules);
    if (reason !== undefined) unlisted.set(release.id, reason);
    if (reason === "waiting") ages.push(release.agedFrom + rules.minimumAge * 1000);
    return reason === undefined;
  });
  const chosen = rules.change === "follow" ? followed(releases, eligible) : eligible.toSorted(byRank)[0];
  if (chosen !== undefined && rules.isHidden) unlisted.set(chosen.id, "hidden");
  return {
    listed: rules.isHidden ? undefined : chosen,
    unlisted,
    lookAgain: ages.length === 0 ? undefined : Math.min(...ages),
  };
}

/** Not mirrored: what is in storage stays there, the rest is not copied. */
export const skipped = (releases: readonly Candidate[]): VersionDecision => ({
  listed: undefined,
  unlisted: new Map(releases.map(({ id }) => [id, "skipped"])),
  lookAgain: undefined,
});

/**
 * Why `minimumAge` keeps it back: it is too young, or it was taken back before it was old enough, as hijacked releases
 * are. What was listed before has come of age then.
 */
export function whyHeldBack(
  { firstListed, isEarly, isShown, agedFrom }: Candidate,
  { minimumAge, now }: Pick<VersionRules, "minimumAge" | "now">,
): "waiting" | "hidden" | undefined {
  if (minimumAge === 0 || firstListed !== null || isEarly) return undefined;
  if (!isShown) return "hidden";
  return agedFrom + minimumAge * 1000 > now ? "waiting" : undefined;
}

function candidates(releases: readonly Candidate[], { change }: VersionRules): Candidate[] {
  const pinned = change === "pin" ? listedFirst(releases) : undefined;
  return (pinned === undefined ? releases : [pinned]).filter(({ state }) => state === "stored");
}

const listedFirst = (releases: readonly Candidate[]): Candidate | undefined =>
  releases.filter(({ firstListed }) => firstListed !== null).toSorted(byFirstListed)[0];

function followed(releases: readonly Candidate[], eligible: readonly Candidate[]): Candidate | undefined {
  const [shown] = releases.filter(({ isShown }) => isShown).toSorted(byRank);
  if (shown !== undefined && eligible.includes(shown)) return shown;
  if (shown !== undefined && isComingBack(shown)) return undefined;
  return eligible.find(({ isListed }) => isListed) ?? eligible.toSorted(byRank)[0];
}

/** Its archive is damaged, and nothing else speaks against it: nothing takes its place meanwhile. */
const isComingBack = ({ state, firstListed, refusal }: Candidate): boolean =>
  state !== "stored" && firstListed !== null && refusal === undefined;

/** What is shown comes first, by the most preferred source; then what was listed latest; then what was seen first. */
const byRank = (a: Candidate, b: Candidate): number =>
  Number(b.isShown) - Number(a.isShown) || a.rank - b.rank || listedAt(b) - listedAt(a) || a.id - b.id;

const byFirstListed = (a: Candidate, b: Candidate): number => listedAt(a) - listedAt(b) || a.id - b.id;

const listedAt = ({ firstListed }: Candidate): number => firstListed ?? 0;
