import { Range, SemVer } from "semver";
import { strictVersion } from "./version.ts";

/** Pre-releases count like any other version: `>=1.0.0` has 2.0.0-rc.1. */
const options = { includePrerelease: true };

/** Which versions a range as npm's semver has it means. @throws {TypeError} it is none */
export function versionRange(text: string): (version: string) => boolean {
  const range = new Range(text, options);
  return (version) => {
    const strict = strictVersion(version);
    return strict !== undefined && isSemver(strict) && range.test(strict);
  };
}

/** Go takes numbers that are too large for it. */
function isSemver(version: string): boolean {
  try {
    return new SemVer(version) instanceof SemVer;
  } catch {
    return false;
  }
}
