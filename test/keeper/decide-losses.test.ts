import { expect, test } from "vitest";
import { defaultPolicies } from "../../src/config/policies.ts";
import { type Losses, decideLosses } from "../../src/keeper/decide-losses.ts";

const day = 86_400_000;
/** When it was noted that something is missing. */
const noted = 100 * day;
const { guard } = defaultPolicies;

/** Five of a hundred versions, at a source that answers and never failed. */
const losses = (also: Partial<Losses>, heard = noted, recoveredAt: number | null = null): Losses => ({
  count: 5,
  since: noted,
  changedAt: noted,
  listed: 100,
  withheld: undefined,
  sources: [{ isOk: true, succeededAt: heard, recoveredAt }],
  ...also,
});

const failing = { isOk: false, succeededAt: noted + 30 * day, recoveredAt: null };
const large: Partial<Losses> = { count: 11 };

type Row = [promise: string, losses: Losses, decision: "withheld" | "followed" | "none followed"];

test.each<Row>([
  ["nothing is missing", losses({ count: 0 }), "none followed"],
  ["a small loss is not followed at once", losses({}), "none followed"],
  ["nor before it was seen after its grace", losses({}, noted + day - 1), "none followed"],
  ["it is followed then", losses({}, noted + day), "followed"],
  [
    "more than the number, but not than the share, is small",
    losses({ count: 11, listed: 110 }, noted + day),
    "followed",
  ],
  [
    "more than the share, but not than the number, is small",
    losses({ count: 10, listed: 10 }, noted + day),
    "followed",
  ],
  ["more than both is withheld", losses(large, noted + day), "withheld"],
  ["until it was seen unchanged for long enough", losses(large, noted + 7 * day - 1), "withheld"],
  ["it is followed then", losses(large, noted + 7 * day), "followed"],
  [
    "unchanged means since the last change",
    losses({ ...large, changedAt: noted + day }, noted + 7 * day),
    "withheld",
  ],
  [
    "what was withheld once is so, however small it becomes",
    losses({ count: 1, withheld: "large-loss" }, noted + 6 * day),
    "withheld",
  ],
  ["a loss soon after a recovery is withheld", losses({}, noted + day, noted - day + 1), "withheld"],
  ["also if the outage lay behind it", losses({}, noted + day, noted + 1), "withheld"],
  ["it is followed like a large one", losses({}, noted + 7 * day, noted), "followed"],
  ["long after a recovery it is small", losses({}, noted + day, noted - day), "followed"],
  ["while any source fails nothing is followed", losses({ sources: [failing] }), "none followed"],
  [
    "nor what is withheld",
    losses({
      ...large,
      sources: [{ isOk: true, succeededAt: noted + 30 * day, recoveredAt: null }, failing],
    }),
    "withheld",
  ],
  [
    "every source has to have answered since",
    losses({
      sources: [
        { ...failing, isOk: true },
        { isOk: true, succeededAt: noted, recoveredAt: null },
      ],
    }),
    "none followed",
  ],
])("%s", (_promise, given, expected) => {
  const { withheld, follow } = decideLosses(given, guard);
  const isFollowed = given.count > 0 && follow !== undefined && follow >= given.since;
  expect(withheld === undefined ? (isFollowed ? "followed" : "none followed") : "withheld").toBe(expected);
});

test("of small losses, those are followed whose grace is over", () => {
  expect(decideLosses(losses({}, noted + 5 * day), guard).follow).toBe(noted + 4 * day);
});

test("it is told why a loss is withheld", () => {
  expect(decideLosses(losses(large), guard).withheld).toBe("large-loss");
  expect(decideLosses(losses({}, noted, noted), guard).withheld).toBe("after-recovery");
});
