import { expect, test } from "vitest";
import { type ChartVersion, decideChart } from "../../src/keeper/decide-chart.ts";
import type { Candidate } from "../../src/keeper/decide-listing.ts";

type Kind = "stored" | "pending" | "failed" | "waiting" | "listed" | "gone" | "refused";
const now = 1_000_000_000;

function release(id: number, kind: Kind): Candidate {
  const states = { pending: "pending", failed: "failed", gone: "gone" } as const;
  return {
    id,
    state: kind === "pending" || kind === "failed" || kind === "gone" ? states[kind] : "stored",
    isListed: kind === "listed",
    firstListed: kind === "listed" ? 1 : null,
    agedFrom: kind === "waiting" ? now : 0,
    isShown: kind !== "gone",
    isEarly: false,
    rank: 0,
    refusal: kind === "refused" ? "withdrawn" : undefined,
  };
}

const chart = (versions: [string, Kind][]): ChartVersion[] =>
  versions.map(([version, kind], id) => ({
    version,
    sortKey: version,
    releases: [release(id, kind)],
    isSelected: true,
    isHidden: false,
    isLost: false,
    loss: undefined,
  }));

/** Versions by what becomes of them. */
function decided(keepNewest: number, versions: [string, Kind][]) {
  const rules = { change: "pin", minimumAge: 60, keepNewest, now } as const;
  const all = decideChart(chart(versions), rules);
  return {
    listed: all.filter(({ decision }) => decision.listed !== undefined).map(({ version }) => version),
    skipped: all
      .filter(({ decision }) => [...decision.unlisted.values()].includes("skipped"))
      .map(({ version }) => version),
  };
}

type Row = [promise: string, versions: [string, Kind][], listed: string[], skipped: string[]];

test.each<Row>([
  [
    "lists as many and skips the rest",
    [
      ["3.0.0", "stored"],
      ["2.0.0", "listed"],
      ["1.0.0", "listed"],
    ],
    ["3.0.0", "2.0.0"],
    ["1.0.0"],
  ],
  [
    "copies no more than that",
    [
      ["3.0.0", "pending"],
      ["2.0.0", "pending"],
      ["1.0.0", "pending"],
    ],
    [],
    ["1.0.0"],
  ],
  [
    "leaves an older version listed until the newer one is",
    [
      ["3.0.0", "pending"],
      ["2.0.0", "listed"],
      ["1.0.0", "listed"],
    ],
    ["2.0.0", "1.0.0"],
    [],
  ],
  [
    "also while the newer one waits for its age",
    [
      ["3.0.0", "waiting"],
      ["2.0.0", "listed"],
      ["1.0.0", "listed"],
      ["0.1.0", "listed"],
    ],
    ["2.0.0", "1.0.0"],
    ["0.1.0"],
  ],
  [
    "takes the next one where one failed, waits, is gone or refused",
    [
      ["6.0.0", "failed"],
      ["5.0.0", "waiting"],
      ["4.0.0", "gone"],
      ["3.0.0", "refused"],
      ["2.0.0", "pending"],
      ["1.0.0", "pending"],
      ["0.1.0", "pending"],
    ],
    [],
    ["0.1.0"],
  ],
  [
    "counts pre-releases apart, and those that something stable has overtaken not at all",
    [
      ["3.0.0-rc.3", "stored"],
      ["3.0.0-rc.2", "stored"],
      ["3.0.0-rc.1", "stored"],
      ["2.0.0", "stored"],
      ["2.0.0-rc.1", "stored"],
      ["1.0.0", "stored"],
      ["0.1.0", "stored"],
    ],
    ["3.0.0-rc.3", "3.0.0-rc.2", "2.0.0", "1.0.0"],
    ["3.0.0-rc.1", "2.0.0-rc.1", "0.1.0"],
  ],
])("keepNewest: 2 %s", (_promise, versions, listed, skipped) => {
  expect(decided(2, versions)).toEqual({ listed, skipped });
});
