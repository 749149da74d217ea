import * as fc from "fast-check";
import semver from "semver";
import { describe, expect, test } from "vitest";
import { isPrerelease, versionSortKey } from "../../src/helm/version.ts";

/** Ascending, as Helm orders them; ties in the order that this project fixes. */
const ascending = [
  "0.0.1-alpha",
  "0.0.1",
  "v0.6",
  "0.46.00",
  "1.0.0-1",
  "1.0.0-2",
  "1.0.0-10",
  "1.0.0-99999999999999999999998",
  "1.0.0-99999999999999999999999",
  "1.0.0--",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-alpha-1",
  "1.0.0-alpha1",
  "1.0.0-beta",
  "1-rc.1",
  "1.0.0",
  "1.0.0+1",
  "1.0.0+2",
  "1.0.0+10",
  "1.0.0+build",
  "1.2",
  "1.15.000",
  "2.0.0",
  "10.0.0",
  "18446744073709551615.0.0",
];

const notVersions = [
  "",
  "latest",
  "1.2.3.4",
  "1.2.",
  "V1.2.3",
  "1.2.3-",
  "1.2.3-01",
  "1.2.3-a..b",
  "1.2.3+",
  "1.2.3+a_b",
  " 1.2.3",
  "1.2.3 ",
  "1.x",
  "18446744073709551616.0.0",
  `1.0.0-${"a".repeat(300)}`,
  "1.0.0\n",
];

describe("versionSortKey", () => {
  test("puts versions in the order in which Helm sorts them", () => {
    const shuffled = ascending.toReversed();
    const sorted = shuffled.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
    expect(sorted).toEqual(ascending);
  });

  test.each(notVersions)("refuses %j, which Helm drops", (version) => {
    expect(versionSortKey(version)).toBeUndefined();
  });

  test("keeps apart equal versions that are written differently", () => {
    const same = ["1", "1.0", "1.0.0", "v1.0.0", "01.0.0", "1.0.0+a", "1.0.0+a.b"];
    expect(new Set(same.map(key)).size).toBe(same.length);
  });

  test("agrees with semver on any two versions, build metadata included", () => {
    fc.assert(
      fc.property(versions, versions, (left, right) => {
        const expected = semver.compareBuild(left, right);
        const [a, b] = [key(left), key(right)];
        if (expected === 0) expect(left === right).toBe(a === b);
        else expect(Math.sign(a < b ? -1 : 1)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("is ASCII text, whose bytes SQLite compares", () => {
    fc.assert(fc.property(versions, (version) => /^[!-~]+$/.test(key(version))));
  });
});

describe("isPrerelease", () => {
  test.each([
    ["1.0.0-rc.1", true],
    ["v1-0", true],
    ["1.0.0", false],
    ["1.0.0+rc-1", false],
    ["not-a-version", false],
  ])("says of %s: %s", (version, expected) => {
    expect(isPrerelease(version)).toBe(expected);
  });
});

const number = fc.oneof(fc.nat(12), fc.nat(99_999), fc.constant(Number.MAX_SAFE_INTEGER)).map(String);
const identifier = fc.oneof(number, fc.stringMatching(/^[0-9]{0,3}[A-Za-z-][0-9A-Za-z-]{0,4}$/));
const identifiers = fc.array(identifier, { maxLength: 3 }).map((list) => list.join("."));
const versions = fc
  .tuple(number, number, number, identifiers, identifiers)
  .map(([major, minor, patch, pre, build]) => {
    return `${major}.${minor}.${patch}${pre === "" ? "" : `-${pre}`}${build === "" ? "" : `+${build}`}`;
  });

function key(version: string): string {
  const sortKey = versionSortKey(version);
  if (sortKey === undefined) throw new Error(`no version: ${version}`);
  return sortKey;
}
