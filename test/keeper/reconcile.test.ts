import { describe, expect, test } from "vitest";
import { judge, mergeAddresses, place } from "../../src/keeper/reconcile.ts";
import type { PlacedRelease } from "../../src/keeper/releases-table.ts";

const release = (id: number, digest: string | null, listed = 0): PlacedRelease => ({
  id,
  digest,
  listed,
  state: "pending",
  addresses: "[]",
});

describe("placing an entry", () => {
  test.each([
    ["a version never seen is new", "a", [], "new"],
    ["the same digest is the same release", "a", [release(1, "b", 1), release(2, "a")], 2],
    ["another digest is a new release of the version", "c", [release(1, "a", 1)], "new"],
    [
      "no digest means what is known, the listed one first",
      undefined,
      [release(3, "a", 1), release(1, "b")],
      3,
    ],
    ["no digest and nothing known is new", undefined, [], "new"],
    ["a digest for a release that had none is new", "a", [release(1, null)], "new"],
  ])("%s", (_name, digest, releases, expected) => {
    const placement = place(digest, releases);
    expect(placement.kind === "known" ? placement.release.id : placement.kind).toBe(expected);
  });
});

describe("judging an index that could be read", () => {
  const before = { entries: 10, closed: true };
  test.each([
    [
      "a first index may be empty",
      { usable: 0, dropped: 0, closed: true },
      { entries: 0, closed: false },
      undefined,
    ],
    ["an index emptied is an outage", { usable: 0, dropped: 0, closed: true }, before, "emptied"],
    [
      "so is one in which nothing is usable any more",
      { usable: 0, dropped: 10, closed: true },
      before,
      "emptied",
    ],
    ["a smaller index is taken", { usable: 1, dropped: 0, closed: true }, before, undefined],
    [
      "one that lacks its end and has less is cut off",
      { usable: 9, dropped: 0, closed: false },
      before,
      "truncated",
    ],
    [
      "one that lacks its end and has more was written by another tool",
      { usable: 11, dropped: 0, closed: false },
      before,
      undefined,
    ],
    [
      "one that never had an end behind its entries is taken",
      { usable: 9, dropped: 0, closed: false },
      { entries: 10, closed: false },
      undefined,
    ],
  ])("%s", (_name, read, known, code) => {
    expect(judge(read, known)?.code).toBe(code);
  });
});

describe("the addresses of a release that is listed again", () => {
  const at = (source: string, url: string) => ({ source, url });
  test.each([
    ["replace what the source said before", [at("a", "1")], [at("a", "2")], [at("a", "2")]],
    [
      "leave what another source says, the preferred one first",
      [at("a", "1")],
      [at("b", "2")],
      [at("a", "1"), at("b", "2")],
    ],
    [
      "come first where the source is preferred",
      [at("b", "1")],
      [at("a", "2")],
      [at("a", "2"), at("b", "1")],
    ],
    ["drop what a source said that is configured no more", [at("gone", "1")], [at("b", "2")], [at("b", "2")]],
  ])("%s", (_name, known, fresh, expected) => {
    expect(mergeAddresses(known, fresh, ["a", "b"])).toEqual(expected);
  });
});
