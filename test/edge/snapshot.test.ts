import { describe, expect, test } from "vitest";
import { findSnapshot, keptSince } from "../../src/edge/snapshot.ts";
import type { Head } from "../../src/storage/head.ts";
import type { PastRevision } from "../../src/storage/history.ts";

const numbers = { bytes: 1, gzipBytes: 1, charts: 1, versions: 1 };
const none = { count: 0, versions: [] };
const head = (revision: string, publishedAt: string): Head => ({
  ...numbers,
  latestBytes: 1,
  latestGzipBytes: 1,
  revision,
  publishedAt,
});
const past = (revision: string, publishedAt: string, supersededAt: string | null): PastRevision => ({
  ...numbers,
  revision,
  publishedAt,
  supersededAt,
  added: none,
  changed: none,
  hidden: none,
});
const c = head("c", "2026-03-01T00:00:00.500Z");
const history = {
  revisions: [
    past("c", "2026-03-01T00:00:00.500Z", null),
    past("b", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.500Z"),
    past("a", "2026-01-01T00:00:00.000Z", "2026-01-20T00:00:00.000Z"),
  ],
};
const revisionAt = (time: string, current = c, known = history) =>
  findSnapshot({ kind: "instant", at: Date.parse(time) }, current, known)?.revision;

describe("findSnapshot", () => {
  test.for<[string, string | undefined]>([
    ["2025-12-31T23:59:59.999Z", undefined],
    ["2026-01-01T00:00:00.000Z", "a"],
    ["2026-01-19T23:59:59.999Z", "a"],
    ["2026-01-20T00:00:00.000Z", undefined], // what was current then is not kept
    ["2026-02-01T00:00:00.000Z", "b"],
    ["2026-03-01T00:00:00.499Z", "b"],
    ["2026-03-01T00:00:00.500Z", "c"],
    ["2030-01-01T00:00:00.000Z", "c"],
  ])("at %s finds %s", ([time, revision]) => {
    expect(revisionAt(time)).toBe(revision);
  });

  test("takes the head for the current one where the history is behind or missing", () => {
    const behind = { revisions: [past("b", "2026-02-01T00:00:00.000Z", null)] };
    expect(revisionAt("2026-03-02T00:00:00Z", c, behind)).toBe("c");
    expect(revisionAt("2026-02-02T00:00:00Z", c, behind)).toBe("b");
    expect(revisionAt("2026-03-02T00:00:00Z", c, { revisions: [] })).toBe("c");
    expect(revisionAt("2026-02-02T00:00:00Z", c, { revisions: [] })).toBeUndefined();
  });

  test("finds a state that came back at each of its times", () => {
    const back = head("b", "2026-04-01T00:00:00.000Z");
    const revisions = [
      past("b", "2026-04-01T00:00:00.000Z", null),
      past("c", "2026-03-01T00:00:00.500Z", "2026-04-01T00:00:00.000Z"),
      past("b", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.500Z"),
    ];
    expect(revisionAt("2026-02-15T00:00:00Z", back, { revisions })).toBe("b");
    expect(revisionAt("2026-03-15T00:00:00Z", back, { revisions })).toBe("c");
    expect(revisionAt("2026-04-15T00:00:00Z", back, { revisions })).toBe("b");
  });

  test("finds revisions by name, the current one first of all in the head", () => {
    const find = (revision: string) => findSnapshot({ kind: "revision", revision }, c, history);
    expect(find("c")).toBe(c);
    expect(find("a")).toBe(history.revisions[2]);
    expect(find("d")).toBeUndefined();
  });
});

test("keptSince is the oldest publication, whatever the order", () => {
  expect(keptSince(c, history)).toBe("2026-01-01T00:00:00.000Z");
  expect(keptSince(c, { revisions: history.revisions.toReversed() })).toBe("2026-01-01T00:00:00.000Z");
  expect(keptSince(c, { revisions: [] })).toBe("2026-03-01T00:00:00.500Z");
});
