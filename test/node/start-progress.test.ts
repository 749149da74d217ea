import { describe, expect, test } from "vitest";
import { plainText } from "../../local/plain-text.ts";
import {
  activityOf,
  countsLine,
  isWorthALine,
  panelLines,
  problemLines,
  sourceNews,
} from "../../local/progress.ts";
import { tellLog } from "../../local/tell-log.ts";
import { noVersions, type RepositoryStatus, type SourceStatus } from "../../src/storage/status.ts";
import { toldPolicies } from "../support/told-policies.ts";

const url = "https://example.com/charts";

function source(changes: Partial<SourceStatus> = {}): SourceStatus {
  return {
    url,
    kind: "http",
    state: "ok",
    checkedAt: null,
    succeededAt: null,
    changedAt: null,
    consecutiveFailures: 0,
    checks: { count: 1, seconds: 0.1 },
    error: null,
    outage: null,
    versions: { shown: 0, listed: 0, only: 0 },
    registry: null,
    ...changes,
  };
}

const failing = (code: string, message = `${url}/index.yaml: 503`): SourceStatus =>
  source({ state: "failing", error: { code, message } });

function status(
  versions: Partial<RepositoryStatus["versions"]> = {},
  changes: Partial<RepositoryStatus> = {},
): RepositoryStatus {
  return {
    revision: null,
    publishedAt: null,
    charts: 1,
    versions: { ...noVersions, ...versions },
    ...toldPolicies,
    archiveBytes: 0,
    mutations: 0,
    work: { count: 1, seconds: 0.1 },
    files: [],
    sources: [source()],
    problems: [],
    problemCount: 0,
    pinned: null,
    verify: null,
    integrityFailures: 0,
    ...changes,
  };
}

describe("a source's news", () => {
  const ok = status();
  const down = status({}, { sources: [failing("http-status")] });
  const downAgain = status({}, { sources: [failing("http-status", "another message")] });
  const gone = status({}, { sources: [failing("not-found")] });
  const outage = `web: ${url} fails: index.yaml: 503 (http-status). What is here stays served; trying again`;

  test.each([
    ["nothing while it is not known", undefined, status({}, { sources: [source({ state: "unknown" })] }), []],
    ["nothing where it answers from the start", undefined, ok, []],
    ["one line when it fails", ok, down, [outage]],
    ["one line when it has failed from the start", undefined, down, [outage]],
    ["nothing while it goes on to fail", down, downAgain, []],
    ["a line when it fails in another way", down, gone, [expect.stringContaining("(not-found)")]],
    ["one line when it is back", down, ok, [`web: ${url} is back`]],
  ])("is %s", (_what, before, now, lines) => {
    expect(sourceNews("web", before, now)).toEqual(lines);
  });

  test("says in words what workerd hides behind a reference", () => {
    const hidden = failing("unreachable", `${url}/index.yaml: internal error; reference = abc123`);
    expect(sourceNews("web", undefined, status({}, { sources: [hidden] }))[0]).toContain(
      "fails: index.yaml: no connection (unreachable).",
    );
  });
});

test("tells each problem in one line that no upstream can break or colour", () => {
  const problem = {
    chart: "a",
    version: "1.0.0\u001B[2J",
    code: "digest-mismatch",
    message: "first\r\nsecond\u202E third\u0007",
  };
  expect(problemLines("web", status({}, { problems: [problem] }))).toEqual([
    "web: a 1.0.0 [2J: first second third (digest-mismatch)",
  ]);
});

test.each([
  ["plain", "plain"],
  ["a\tb\n\n  c ", "a b c"],
  ["\u001B]0;title\u0007", "]0;title"],
  ["\u009B31m red", "31m red"],
  ["\uD800 half", "half"],
  ["é 🚀", "é 🚀"],
  ["x".repeat(401), `${"x".repeat(399)}…`],
])("makes %j fit for a terminal", (written, shown) => {
  expect(plainText(written)).toBe(shown);
});

test.each([
  [status(), "0 versions found: 0 listed; 0 archives copied, 0 bytes"],
  [
    status({ listed: 1, stored: 1 }, { archiveBytes: 1 }),
    "1 version found: 1 listed; 1 archive copied, 1 byte",
  ],
  [
    status(
      { listed: 1200, stored: 1300, pending: 2000, failed: 3, dropped: 17 },
      { archiveBytes: 12_900_000 },
    ),
    "3,320 versions found: 1,200 listed, 2,000 pending, 3 failed, 17 dropped; 1,300 archives copied, 12.3 MiB",
  ],
  [status({}, { archiveBytes: 5 * 1024 ** 4 }), "0 versions found: 0 listed; 0 archives copied, 5120.0 GiB"],
])("counts %#", (now, line) => {
  expect(countsLine(now)).toBe(line);
});

test.each([
  [undefined, "first check"],
  [status({}, { sources: [source({ state: "unknown" })] }), "first check"],
  [status({ stored: 3 }), "in step"],
  [status({ pending: 3 }), "copying"],
  [status({}, { sources: [failing("timeout")] }), "1 source of 1 failing"],
  [status({ pending: 3 }, { sources: [source(), failing("timeout")] }), "copying, 1 source of 2 failing"],
])("says what a repository does %#", (now, activity) => {
  expect(activityOf(now)).toBe(activity);
});

test.each([
  ["nothing found yet", undefined, status(), false],
  ["the first versions", undefined, status({ pending: 3 }), true],
  ["one archive more", status({ pending: 3 }), status({ pending: 2, stored: 1 }), false],
  ["a publication", status({ listed: 1 }), status({ listed: 2 }), true],
  ["a new revision of as many versions", status({}, { revision: "a" }), status({}, { revision: "b" }), true],
  ["a failure", status({ pending: 3 }), status({ pending: 2, failed: 1 }), true],
  ["the last archive", status({ pending: 1 }), status({ stored: 1 }), true],
  ["nothing at all", status({ listed: 1 }), status({ listed: 1 }), false],
])("in a log, %s is a line or not", (_what, before, now, worth) => {
  expect(isWorthALine(before, now)).toBe(worth);
});

describe("the panel", () => {
  const quiet = status({ listed: 1, stored: 1 });
  const busy = status({ pending: 1 });

  test("shows those at work first, two lines each", () => {
    const repositories = [["quiet", quiet] as const, ["busy", busy] as const, ["new", undefined] as const];
    expect(panelLines(repositories, { columns: 200, rows: 24 })).toEqual([
      "busy  copying",
      "  1 version found: 0 listed, 1 pending; 0 archives copied, 0 bytes",
      "new  first check",
      "  nothing here yet",
      "quiet  in step",
      "  1 version found: 1 listed; 1 archive copied, 0 bytes",
    ]);
  });

  test("never grows beyond the terminal", () => {
    const repositories = Array.from({ length: 40 }, (_, n) => [`r${n}`, busy] as const);
    const lines = panelLines(repositories, { columns: 20, rows: 10 });
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toBe("and 36 more reposit…");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(20);
  });
});

describe("of the log, tells", () => {
  const event = JSON.stringify({
    event: "unit-failed",
    repository: "web",
    attempt: 2,
    message: "Error: no\nspace",
  });
  test.each([
    ["a unit that failed", "log", event, "web: unit-failed: Error: no space"],
    ["an error's first line", "error", "\u001B[31mboom\u001B[0m\nstack: 0x1 0x2", "error: boom"],
    ["a crash of workerd", "warn", "The Workers runtime crashed", "warn: The Workers runtime crashed"],
  ])("%s", (_what, level, message, line) => {
    expect(tellLog({ level, message })).toBe(line);
  });

  test.each([
    ["what the status shows", "log", '{"event":"checked","repository":"web","outcome":"unchanged"}'],
    ["what is no event", "log", "{ not JSON"],
    ["text", "log", "hello"],
    ["JSON that is no object", "log", "{}"],
    [
      "workerd's account of an outage",
      "error",
      "e = ffi.rs:110: failed: failed to lookup address information",
    ],
  ])("not %s", (_what, level, message) => {
    expect(tellLog({ level, message })).toBeUndefined();
  });
});
