/**
 * Versions as Helm takes them: Masterminds' NewVersion, which accepts an optional `v`, one to three numeric
 * parts (leading zeros included, `0.46.00`), a pre-release and build metadata.
 */
const pattern =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/** Longer ones would not fit a file name; lengths in sort keys have two hexadecimal digits. */
const longest = 200;
/** Go parses the three core numbers as unsigned 64-bit integers; a larger one is an error to Helm. */
const largest = 18_446_744_073_709_551_615n;

interface Parts {
  core: string[];
  prerelease: string[];
  build: string[];
}

/**
 * An ASCII text whose byte order is the semver order of versions: `ORDER BY sort_key DESC` gives the newest
 * first. Equal versions are put in order by their build metadata and then by their text, so two different
 * texts never share a key. undefined: not a version that Helm would list.
 */
export function versionSortKey(version: string): string | undefined {
  const parts = partsOf(version);
  if (parts === undefined) return undefined;
  const core = parts.core.map(numberKey).join("");
  // "-" sorts before "~": a pre-release comes before its release.
  const prerelease = parts.prerelease.length === 0 ? "~" : `-${identifiersKey(parts.prerelease)}`;
  return `${core}${prerelease}${identifiersKey(parts.build)}${version}`;
}

/** Whether a version has a pre-release part: Helm offers those only with --devel. False for what is no version. */
export function isPrerelease(version: string): boolean {
  return (partsOf(version)?.prerelease.length ?? 0) > 0;
}

/** The same version as semver 2.0.0 writes it. undefined: not a version that Helm would list. */
export function strictVersion(version: string): string | undefined {
  const parts = partsOf(version);
  if (parts === undefined) return undefined;
  const [prerelease, build] = [parts.prerelease.join("."), parts.build.join(".")];
  return `${parts.core.join(".")}${prerelease && `-${prerelease}`}${build && `+${build}`}`;
}

function partsOf(version: string): Parts | undefined {
  if (version.length > longest) return undefined;
  const match = pattern.exec(version);
  if (match === null) return undefined;
  const core = [match[1] ?? "0", match[2] ?? "0", match[3] ?? "0"].map(withoutLeadingZeros);
  if (core.some((number) => number.length > 19 && BigInt(number) > largest)) return undefined;
  const prerelease = match[4]?.split(".") ?? [];
  // Masterminds refuses leading zeros here, although it takes them in the core.
  if (prerelease.some((identifier) => /^0\d+$/.test(identifier))) return undefined;
  return { core, prerelease, build: match[5]?.split(".") ?? [] };
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, "");
}

/** Numbers of any length in numeric order: the count of digits first. */
function numberKey(digits: string): string {
  return digits.length.toString(16).padStart(2, "0") + digits;
}

/** "!" sorts before everything that can follow it: the shorter list, and the shorter identifier, come first. */
function identifiersKey(identifiers: string[]): string {
  return `${identifiers.map(identifierKey).join("")}!`;
}

/** Numeric identifiers ("0…") come before alphanumeric ones ("1…"): semver 2.0.0, section 11.4.3. */
function identifierKey(identifier: string): string {
  if (/^\d+$/.test(identifier)) return `0${numberKey(withoutLeadingZeros(identifier))}`;
  return `1${identifier}!`;
}
