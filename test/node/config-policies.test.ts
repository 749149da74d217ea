import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import { readConfig } from "../../src/config/read-config.ts";

const source = '{url: "https://example.com/charts"}';

/** @param top lines at the top of the file, `own` keys of its repository */
const mirror = (top: string, own = ""): string =>
  `${top}\nrepositories: {team: {sources: [${source}]${own === "" ? "" : `, ${own}`}}}`;

const policiesOf = (top: string, own = "") =>
  readConfig(mirror(top, own), "f").repositories["team"]?.policies;

/** What is wrong, one problem a line. */
function problemsOf(top: string, own = ""): string[] {
  try {
    policiesOf(top, own);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split("\n");
  }
}

test("every policy is taken", () => {
  const own = [
    "removal: hide",
    "guard: {maxLoss: {share: 0.25, count: 3}, confirmAfter: 2d, afterRecovery: 6h, grace: 0s}",
    "change: follow",
    "minimumAge: 7d",
    'include: [api, {chart: "web-*", versions: ">=2.0.0 <3"}]',
    'exclude: [{chart: "*", versions: 1.x}]',
    "keepNewest: 5",
  ];
  expect(policiesOf("", own.join(", "))).toEqual({
    ...defaultPolicies,
    removal: "hide",
    guard: { maxLoss: { share: 0.25, count: 3 }, confirmAfter: 172_800, afterRecovery: 21_600, grace: 0 },
    change: "follow",
    minimumAge: 604_800,
    include: [{ chart: "api" }, { chart: "web-*", versions: ">=2.0.0 <3" }],
    exclude: [{ chart: "*", versions: "1.x" }],
    keepNewest: 5,
  });
});

test("a repository's own policy counts before the file's, and that before the default; of the guard key by key", () => {
  const top = "removal: hide\nkeepNewest: 3\nexclude: [api]\nguard: {grace: 2d, maxLoss: {count: 0}}";
  const { guard } = defaultPolicies;
  const shared = { ...guard, grace: 172_800, maxLoss: { share: 0.1, count: 0 } };
  expect(policiesOf(top)).toEqual({
    ...defaultPolicies,
    removal: "hide",
    keepNewest: 3,
    exclude: [{ chart: "api" }],
    guard: shared,
  });
  const own = "removal: keep, keepNewest: all, exclude: [], guard: {maxLoss: {share: 0.5}}";
  expect(policiesOf(top, own)).toEqual({
    ...defaultPolicies,
    guard: { ...shared, maxLoss: { share: 0.5, count: 0 } },
  });
});

describe("what is wrong is told where it stands, and what to write instead:", () => {
  test.each([
    ["removal: drop", 'f:1:10: removal: "drop" is not one of the choices; write keep or hide'],
    ["change: pinned", 'f:1:9: change: "pinned" is not one of the choices; write pin or follow'],
    [
      "minimumAge: 7",
      'f:1:13: minimumAge: "7" is not a duration; write a number and its unit, like 30s, 10m, 1h or 7d',
    ],
    [
      "keepNewest: 0",
      "f:1:13: keepNewest: this is no number of versions; write one from 1 to 10000, or `all`",
    ],
    ["keepNewest:", "f:1:12: keepNewest: this is no number of versions; write one from 1 to 10000, or `all`"],
    [
      "guard: {maxLoss: {share: 10}}",
      "f:1:26: guard.maxLoss.share: 10 is no share; write one from 0 to 1, like 0.1",
    ],
    [
      "guard: {maxLoss: {count: 10%}}",
      "f:1:26: guard.maxLoss.count: this is not a number; write a whole number, like 10",
    ],
    ["guard: {confirmAfer: 1d}", "f:1:9: guard.confirmAfer: is not a known key; did you mean confirmAfter?"],
    [
      "include: api",
      'f:1:10: include: "api" is not a list; write lines that begin with `- `, indented below the key',
    ],
    ["include: [1]", "f:1:11: include[0]: 1 is not a text; put it in quotes"],
    [
      "include: [api, [web]]",
      "f:1:16: include[1]: this is no rule; write a chart's name, or `{ chart: NAME, versions: RANGE }`",
    ],
    [
      "exclude: [{name: api}]",
      'f:1:11: exclude[0]: "name" is not a key of a rule; write a chart\'s name, or `{ chart: NAME, versions: RANGE }`',
    ],
    [
      'exclude: [{versions: "1.x"}]',
      "f:1:11: exclude[0]: the rule names no chart; write a chart's name, or `{ chart: NAME, versions: RANGE }`",
    ],
    [
      "exclude: [{chart: api, versions: newest}]",
      'f:1:11: exclude[0]: "newest" is not a range of versions; write one like ">=2.0.0 <3.0.0", "1.x" or "^1.2.0"',
    ],
    [
      "exclude: [{chart: api, versions: 1}]",
      'f:1:11: exclude[0]: `versions` is not a text; put the range in quotes, like ">=2.0.0 <3.0.0"',
    ],
  ])("%s", (top, problem) => {
    expect(problemsOf(top)).toEqual([problem]);
  });
});
