import { describe, expect, test } from "vitest";
import documentation from "../../docs/configuration.md?raw";
import { newsOf, type Observed } from "../../src/keeper/conditions.ts";
import { bodyOf, type Notice } from "../../src/keeper/notice.ts";
import type { ConditionKey } from "../../src/keeper/notices-table.ts";
import {
  noVersions,
  type Problem,
  type RepositoryStatus,
  type WithheldLosses,
} from "../../src/storage/status.ts";
import { toldPolicies } from "../support/told-policies.ts";

const good: RepositoryStatus = {
  revision: null,
  publishedAt: null,
  charts: 1,
  versions: { ...noVersions, listed: 1, stored: 1 },
  ...toldPolicies,
  pinned: null,
  verify: null,
  integrityFailures: 0,
  archiveBytes: 1,
  files: [],
  sources: [],
  problems: [],
  problemCount: 0,
  mutations: 0,
  work: { count: 1, seconds: 1 },
};

function observed(status: Partial<Observed["status"]>, known: ConditionKey[] = []): Observed {
  return {
    status: { ...good, ...status },
    failures: 3,
    known,
    growing: false,
    mutations: { count: 0, first: [] },
  };
}

const damaged = (...versions: string[]): Problem[] =>
  versions.map((version) => ({ chart: "alpha", version, code: "integrity", message: "other bytes" }));

describe("a loss that is withheld", () => {
  const since = "2026-01-01T00:00:00Z";
  const followsAt = "2026-01-08T00:00:00Z";
  const withheld: WithheldLosses = { count: 23, since, reason: "large-loss", followsAt };

  test("is told once, however it grows and begins anew, and again when the reason is another one", () => {
    const { begun, notices } = newsOf(observed({ withheld }));
    expect(begun).toEqual([{ event: "change-withheld", subject: "large-loss" }]);
    expect(notices).toMatchObject([{ event: "change-withheld", since, code: "large-loss", count: 23 }]);
    expect(notices[0]?.message).toContain("23 versions vanished upstream");
    const later = "2026-01-02T00:00:00Z";
    const larger = newsOf(observed({ withheld: { ...withheld, count: 50, since: later } }, begun));
    expect(larger).toEqual({ begun: [], ended: [], notices: [] });
    const other = newsOf(observed({ withheld: { ...withheld, reason: "after-recovery" } }, begun));
    expect(other.notices).toHaveLength(1);
    expect(other.ended).toEqual(begun);
  });

  test("ends quietly", () => {
    const known: ConditionKey[] = [{ event: "change-withheld", subject: "large-loss" }];
    expect(newsOf(observed({ withheld: null }, known))).toEqual({ begun: [], ended: known, notices: [] });
  });
});

describe("archives that are damaged in storage", () => {
  test("are told in one notice, and new ones alone after that", () => {
    const first = newsOf(observed({ problems: damaged("1.0.0", "2.0.0"), problemCount: 2 }));
    expect(first.notices).toMatchObject([
      { event: "integrity-failure", count: 2, versions: [{ version: "1.0.0" }, { version: "2.0.0" }] },
    ]);
    const problems = damaged("1.0.0", "2.0.0", "3.0.0");
    const second = newsOf(observed({ problems, problemCount: 3 }, first.begun));
    expect(second.notices).toMatchObject([{ count: 1, versions: [{ version: "3.0.0" }] }]);
    const mended = newsOf(observed({}, [...first.begun, ...second.begun]));
    expect(mended).toMatchObject({ begun: [], notices: [] });
    expect(mended.ended).toHaveLength(3);
  });

  test("that the status has no room to name have not ended for that", () => {
    const { begun } = newsOf(observed({ problems: damaged("1.0.0"), problemCount: 1 }));
    const pushedOut = { problems: damaged("2.0.0"), problemCount: 101 };
    expect(newsOf(observed(pushedOut, begun)).ended).toEqual([]);
  });
});

test("the example of docs/configuration.md has what a notice has", () => {
  const example: unknown = JSON.parse(/```json\n([^]*?)```/.exec(documentation)?.[1] ?? "");
  const [notice] = newsOf({
    ...observed({}),
    mutations: { count: 1, first: [{ chart: "a", version: "1.0.0", digest: "d", listed: "l" }] },
  }).notices;
  const told = { id: "1", event: "", repository: "a", at: "", ...notice };
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shape);
    if (typeof value !== "object" || value === null) return value === null ? null : typeof value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shape(part)]));
  };
  expect(shape(told)).toEqual(shape(example));
});

test("Slack is told a text in which nothing of an upstream's means anything to it", () => {
  const notice: Notice = {
    id: "1",
    event: "version-mutated",
    repository: "stable",
    at: "2026-01-01T00:00:00Z",
    since: null,
    source: null,
    code: null,
    message: "<!channel> a & b\n<https://evil.example|click>",
    count: 3,
    versions: [
      { chart: "alpha", version: "1.0.0" },
      { chart: "alpha", version: "2.0.0" },
    ],
  };
  expect(JSON.parse(bodyOf(notice, "slack"))).toEqual({
    text: [
      "*stable: other bytes of a version*",
      "&lt;!channel&gt; a &amp; b &lt;https://evil.example|click&gt;",
      "alpha 1.0.0, alpha 2.0.0, …",
    ].join("\n"),
  });
  expect(JSON.parse(bodyOf(notice, "json"))).toEqual(notice);
});
