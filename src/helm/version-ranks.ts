import { isPrerelease } from "./version.ts";

/**
 * Ranks a chart's versions, which have to come in descending order: the newest stable one is 1, the second
 * newest 2, …; so are, apart from them, the pre-releases that are newer than every stable one. `undefined`: a
 * pre-release that something stable has overtaken.
 */
export function versionRanks(): (version: string) => number | undefined {
  let stable = 0;
  let ahead = 0;
  return (version) => {
    if (!isPrerelease(version)) return (stable += 1);
    return stable > 0 ? undefined : (ahead += 1);
  };
}

/**
 * The newest `most` versions of a chart, by the same ranks, among those that count. They have to come in
 * descending order.
 *
 * @param most undefined: all of them
 */
export function newestVersions(most: number | undefined) {
  let stable = 0;
  let ahead = 0;
  return {
    /** Whether there are enough newer ones already. */
    isBeyond(version: string): boolean {
      if (most === undefined) return false;
      return isPrerelease(version) ? stable > 0 || ahead >= most : stable >= most;
    },
    count(version: string): void {
      if (most === undefined) return;
      if (!isPrerelease(version)) stable += 1;
      else if (stable === 0) ahead += 1;
    },
  };
}
