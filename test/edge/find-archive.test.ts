import { describe, expect, test } from "vitest";
import { candidateCharts, findDigest, findVersion, firstVersions } from "../../src/edge/find-archive.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const line = (version: string, url: string, more: object = {}) =>
  JSON.stringify({ name: "alpha", version, urls: [url], ...more });

describe("candidateCharts", () => {
  const charts = ["alpha", "alpha-beta", "alpha-beta-2", "beta", "alp"];
  test.for<[string, string[]]>([
    ["alpha-1.0.0.tgz", ["alpha"]],
    ["alpha-v1.0.0.tgz", ["alpha"]],
    ["alpha-beta-1.0.0.tgz", ["alpha-beta"]],
    ["alpha-beta-2-1.0.0.tgz", ["alpha-beta-2", "alpha-beta"]],
    ["alpha-beta.tgz", []],
    ["alpha.tgz", []],
    ["gamma-1.0.0.tgz", []],
  ])("%s may belong to %j", ([file, expected]) => {
    expect(candidateCharts(file, charts)).toEqual(expected);
  });
});

describe("findDigest", () => {
  const lines = [
    line("2.0.0", `charts/${a}/alpha-2.0.0.tgz`, { sources: [`https://x/charts/${b}/alpha-1.0.0.tgz`] }),
    line("1.0.0+up1", `charts/${b}/alpha-1.0.0+up1.tgz`),
    line("1.0.0", `charts/${b}/alpha-1.0.0.tgz`, { description: `"urls":["charts/${a}/alpha-1.0.0.tgz"]` }),
    line("0.9.0", `charts/${a}/alpha-0.9.0%2Bx.tgz`),
    line("0.8.0", "https://elsewhere/alpha-0.8.0.tgz"),
    line("0.7.0", "charts/../alpha-0.7.0.tgz"),
  ].join(",\n");

  test.for<[string, string | undefined]>([
    ["alpha-2.0.0.tgz", a],
    ["alpha-1.0.0.tgz", b],
    ["alpha-1.0.0+up1.tgz", b],
    ["alpha-0.9.0+x.tgz", a],
    ["alpha-0.8.0.tgz", undefined],
    ["alpha-0.7.0.tgz", undefined],
    ["0.0.tgz", undefined],
    [`alpha-1.0.0.tgz","`, undefined],
  ])("finds the link of %s and nothing that only looks like one", ([file, digest]) => {
    expect(findDigest(lines, file)).toBe(digest);
  });
});

describe("findVersion", () => {
  const dependencies = Array.from({ length: 50 }, () => ({ name: "x", version: "1.0.0" }));
  const first = line("2.0.0-rc.1", "x", { dependencies, description: `"version":"1.0.0"` });
  const second = line("1.1.0", "x");
  const third = line("1.0.0", "x", { dependencies });
  const lines = [first, second, third].join(",\n");

  test.for<[string, string | undefined]>([
    ["2.0.0-rc.1", first],
    ["1.1.0", second],
    ["1.0.0", third],
    ["latest", second],
    ["1.0", undefined],
    ["", undefined],
    [`1.0.0","x":"`, undefined],
  ])("finds the line of %j itself, and none that only mentions it", ([version, found]) => {
    expect(findVersion(lines, version)).toBe(found);
  });

  test("takes the newest for the latest where none is stable", () => {
    expect(findVersion(first, "latest")).toBe(first);
    expect(findVersion("", "latest")).toBeUndefined();
  });
});

test("firstVersions reads the first lines and passes over what is no entry", () => {
  expect(
    firstVersions(`${line("2.0.0", "x")},\nnonsense,\n${line("1.0.0", "x")},\n${line("0.1.0", "x")}`, 3),
  ).toEqual(["2.0.0", "1.0.0"]);
});
