import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import { readConfig } from "../../src/config/read-config.ts";

const sources = 'sources: [{url: "https://example.com/charts"}]';

/** A file with these repositories, one a line. */
const mirror = (repositories: Record<string, string>): string =>
  ["repositories:", ...Object.entries(repositories).map(([name, text]) => `  ${name}: {${text}}`)].join("\n");

/** What is wrong, one problem a line, as `line: path: message` below the repositories. */
function problemsOf(text: string): string[] {
  try {
    readConfig(text, "f");
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split("\n").map((line) => line.replace(/^f:(\d+):\d+: repositories\./, "$1: "));
  }
}

test("members become sources, in their order", () => {
  const text = mirror({ all: "members: [b, a]", a: sources, b: sources });
  expect(readConfig(text, "f").repositories["all"]?.sources).toEqual([
    { kind: "member", url: "member:b", repository: "b" },
    { kind: "member", url: "member:a", repository: "a" },
  ]);
});

test("a merged repository has every other key, and may be the root", () => {
  const keys = "interval: 1m, history: 1d, budget: {archives: 7, subrequests: 20}, limits: {archive: 1MiB}";
  const config = readConfig(`root: all\n${mirror({ all: `members: [a], ${keys}`, a: sources })}`, "f");
  expect(config.root).toBe("all");
  expect(config.repositories["all"]).toMatchObject({
    interval: 60,
    history: 86_400,
    budget: { archives: 7, subrequests: 20 },
    limits: { archiveBytes: 1024 ** 2 },
  });
});

test("a single member is an alias; members may be merged themselves, and one may stand in several", () => {
  const text = mirror({
    old: "members: [new]",
    new: sources,
    team: "members: [new, old]",
    all: "members: [team, new]",
  });
  expect(problemsOf(text)).toEqual([]);
});

describe("is refused, with its line,", () => {
  test.each<[what: string, repositories: Record<string, string>, problems: string[]]>([
    [
      "a repository with neither sources nor members",
      { a: "interval: 1m" },
      ["2: a.sources: is missing; add `sources: …` here, or `members: …` for one made of other repositories"],
    ],
    [
      "a repository with both",
      { a: sources, b: `members: [a], ${sources}` },
      [
        "3: b.members: a repository has either `sources` or `members`; make the sources a repository of their own, and name it here",
      ],
    ],
    [
      "an empty list",
      { a: "members: []" },
      ["2: a.members: the list is empty; name at least one repository of this mirror"],
    ],
    [
      "an unknown name, with the one that was meant",
      { podinfo: sources, all: "members: [podinof]" },
      ['3: all.members[0]: "podinof" is not one of the repositories; did you mean podinfo?'],
    ],
    [
      "an unknown name like none",
      { podinfo: sources, stable: sources, all: "members: [grafana]" },
      ['4: all.members[0]: "grafana" is not one of the repositories; write one of podinfo, stable'],
    ],
    [
      "a name twice",
      { a: sources, all: "members: [a, a]" },
      ["3: all.members[1]: a is a member of this repository already; remove this one"],
    ],
    [
      "a repository in itself",
      { a: sources, all: "members: [a, all]" },
      ["3: all.members[1]: a repository cannot be its own member; remove it"],
    ],
    [
      "what is no name",
      { a: sources, all: "members: [1.10, {a: b}]" },
      [
        "3: all.members[0]: 1.1 is not a text; put it in quotes",
        "3: all.members[1]: a mapping is not a text; write a single value",
      ],
    ],
    [
      "two that contain each other",
      { a: "members: [b]", b: "members: [a]" },
      ["3: b.members[0]: this leads back to where it came from: a → b → a; remove one of these members"],
    ],
    [
      "a longer way back, named from where it begins",
      {
        start: "members: [a, x]",
        x: sources,
        a: "members: [x, b]",
        b: "members: [c]",
        c: "members: [a, x]",
      },
      ["6: c.members[0]: this leads back to where it came from: a → b → c → a; remove one of these members"],
    ],
    [
      "every way back, once each",
      { a: "members: [b, c]", b: "members: [a]", c: "members: [b, a]" },
      [
        "3: b.members[0]: this leads back to where it came from: a → b → a; remove one of these members",
        "4: c.members[1]: this leads back to where it came from: a → c → a; remove one of these members",
      ],
    ],
  ])("%s", (_what, repositories, problems) => {
    expect(problemsOf(mirror(repositories))).toEqual(problems);
  });
});

test("what several repositories share is no way back", () => {
  const text = mirror({
    all: "members: [left, right]",
    left: "members: [base]",
    right: "members: [base]",
    base: sources,
  });
  expect(problemsOf(text)).toEqual([]);
});
