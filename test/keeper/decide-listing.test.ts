import { describe, expect, test } from "vitest";
import { type Candidate, type VersionRules, decideListing } from "../../src/keeper/decide-listing.ts";

const day = 86_400_000;
const now = 100 * day;

const rules: VersionRules = { change: "pin", minimumAge: 0, isSelected: true, isHidden: false, now };
const follow: Partial<VersionRules> = { change: "follow" };
const aWeek: Partial<VersionRules> = { minimumAge: (7 * day) / 1000 };

/** In storage, shown by the preferred source, and never listed. */
const release = (id: number, also: Partial<Candidate> = {}): Candidate => ({
  id,
  state: "stored",
  isListed: false,
  firstListed: null,
  agedFrom: 0,
  isShown: true,
  isEarly: false,
  rank: 0,
  refusal: undefined,
  ...also,
});

const listed = (id: number, also: Partial<Candidate> = {}): Candidate =>
  release(id, { isListed: true, firstListed: 50 * day, ...also });

const gone = { isShown: false };
const young = { agedFrom: now - 3 * day };

type Row = [promise: string, releases: Candidate[], rules: Partial<VersionRules>, listed: number | undefined];

const decide = (releases: Candidate[], also: Partial<VersionRules>) =>
  decideListing(releases, { ...rules, ...also });

describe("of a chart version is listed", () => {
  test.each<Row>([
    ["what is in storage", [release(1)], {}, 1],
    ["nothing that is not", [release(1, { state: "pending" })], {}, undefined],
    ["nothing that failed", [release(1, { state: "failed" })], {}, undefined],
    ["what no source shows any more", [listed(1, gone)], {}, 1],
    ["nothing of a version that is left out", [listed(1)], { isSelected: false }, undefined],
    ["nothing of a version whose loss is followed", [listed(1, gone)], { isHidden: true }, undefined],
    ["nothing that is refused", [listed(1, { refusal: "withdrawn" })], {}, undefined],
    ["what is not refused", [release(1, { refusal: "unverified" }), release(2)], {}, 2],
    ["of two that come at once, that of the preferred source", [release(1, { rank: 1 }), release(2)], {}, 2],
    ["of two that it shows, the one seen first", [release(2), release(1)], {}, 1],
  ])("%s", (_promise, releases, also, expected) => {
    expect(decide(releases, also).listed?.id).toBe(expected);
  });
});

describe("with `change: pin` is listed", () => {
  test.each<Row>([
    ["the digest listed first", [listed(1, gone), release(2)], {}, 1],
    ["also if it was hidden in between", [release(2, { firstListed: day }), release(1)], {}, 2],
    ["also if others were listed since", [release(1, { firstListed: day }), listed(2)], {}, 1],
    ["no other one while it is damaged", [listed(1, { state: "pending" }), release(2)], {}, undefined],
    ["no other one if it is refused", [listed(1, { refusal: "withdrawn" }), release(2)], {}, undefined],
  ])("%s", (_promise, releases, also, expected) => {
    expect(decide(releases, also).listed?.id).toBe(expected);
  });
});

describe("with `change: follow` is listed", () => {
  test.each<Row>([
    ["what the most preferred source shows", [listed(1, { rank: 1 }), release(2)], {}, 2],
    ["what a less preferred one shows if no other does", [listed(1, gone), release(2, { rank: 1 })], {}, 2],
    ["what is listed while no source shows any", [listed(1, gone), release(2, gone)], {}, 1],
    [
      "what is listed until the new one is stored",
      [listed(1, gone), release(2, { state: "pending" })],
      {},
      1,
    ],
    [
      "and no third one until then",
      [listed(1, gone), release(2, { state: "pending" }), release(3, { rank: 1 })],
      {},
      1,
    ],
    ["what is listed until the new one is old enough", [listed(1, gone), release(2, young)], aWeek, 1],
    [
      "what is listed if the new one is refused",
      [listed(1, gone), release(2, { refusal: "unverified" })],
      {},
      1,
    ],
    [
      "no other one while it is damaged",
      [listed(1, { state: "pending" }), release(2, { ...gone, firstListed: day })],
      {},
      undefined,
    ],
    [
      "another source's while it is damaged and withdrawn",
      [listed(1, { state: "pending", refusal: "withdrawn" }), release(2, { rank: 1 })],
      {},
      2,
    ],
    [
      "what was listed last, where no source shows any",
      [release(1, { ...gone, firstListed: day }), release(2, { ...gone, firstListed: 2 * day })],
      {},
      2,
    ],
  ])("%s", (_promise, releases, also, expected) => {
    expect(decide(releases, { ...follow, ...also }).listed?.id).toBe(expected);
  });
});

describe("`minimumAge`", () => {
  test("keeps back for good what was taken back before it was old enough, and shows it when its source does", () => {
    const old = { agedFrom: now - 30 * day };
    const { listed: none, unlisted, lookAgain } = decide([release(1, { ...old, ...gone })], aWeek);
    expect(none).toBeUndefined();
    expect([...unlisted]).toEqual([[1, "hidden"]]);
    expect(lookAgain).toBeUndefined();
    expect(decide([release(1, old)], aWeek).listed?.id).toBe(1);
    expect(decide([release(1, { ...old, ...gone, isEarly: true })], aWeek).listed?.id).toBe(1);
    expect(decide([release(1, { ...old, ...gone })], {}).listed?.id).toBe(1);
  });

  test("lists a version when it is old enough, and tells when that is", () => {
    const { listed: none, unlisted, lookAgain } = decide([release(1, young)], aWeek);
    expect({ none, unlisted: [...unlisted], lookAgain }).toEqual({
      none: undefined,
      unlisted: [[1, "waiting"]],
      lookAgain: now + 4 * day,
    });
    expect(decide([release(1, { agedFrom: now - 7 * day })], aWeek).listed?.id).toBe(1);
  });

  test("takes nothing back that was listed before", () => {
    expect(decide([listed(1, young)], aWeek).listed?.id).toBe(1);
    expect(decide([release(1, { ...young, firstListed: now - day })], aWeek).listed?.id).toBe(1);
  });

  test("is not waited for where the operator does not want to", () => {
    expect(decide([release(1, { ...young, isEarly: true })], aWeek).listed?.id).toBe(1);
  });

  test("does not make a digest wait that will never be listed", () => {
    expect([...decide([listed(1), release(2, young)], aWeek).unlisted]).toEqual([]);
  });
});

test("it is told why a digest that could be listed is not", () => {
  const why = (releases: Candidate[], also: Partial<VersionRules> = {}) => [
    ...decide(releases, also).unlisted,
  ];
  expect(why([listed(1), release(2)], { isSelected: false })).toEqual([
    [1, "skipped"],
    [2, "skipped"],
  ]);
  expect(why([listed(1, gone)], { isHidden: true })).toEqual([[1, "hidden"]]);
  expect(why([listed(1, { refusal: "unverified" })])).toEqual([[1, "unverified"]]);
  expect(why([listed(1), release(2)])).toEqual([]);
});
