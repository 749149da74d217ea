import { describe, expect, test } from "vitest";
import { versionRange } from "../../src/helm/version-range.ts";
import { strictVersion } from "../../src/helm/version.ts";

describe("a range of versions", () => {
  test.each([
    [">=2.0.0 <3.0.0", "2.4.1", true],
    [">=2.0.0 <3.0.0", "3.0.0", false],
    ["1.x", "v1.2", true],
    ["^1.2.0", "1.02.00", true],
    [">=1.0.0", "2.0.0-rc.1", true],
    [">=2.0.0", "2.0.0-rc.1", false],
    ["1.0.0 || 3.x", "1.0.0+build.7", true],
    ["*", "0.0.0-alpha", true],
    ["*", "18446744073709551615.0.0", false],
    ["*", "latest", false],
  ])("%s: %s is in it: %s", (range, version, expected) => {
    expect(versionRange(range)(version)).toBe(expected);
  });
});

test("a version that Helm completes is written as semver has it", () => {
  expect(["v1", "1.02", "1.2.3-rc.1+b.2", "1.2.3.4"].map(strictVersion)).toEqual([
    "1.0.0",
    "1.2.0",
    "1.2.3-rc.1+b.2",
    undefined,
  ]);
});
