import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type FaultRow, inTime } from "../support/faults/fault-row.ts";
import { type Lane, lanesOf, playLanes } from "../support/faults/lanes.ts";
import { requireArchivesVerified } from "../support/faults/play-fault.ts";
import type { Mirror } from "../support/mirror.ts";

/** A mirror with a repository for each lane, and one that nothing happens to. */
export interface Scene<Row> extends AsyncDisposable {
  mirror: Mirror;
  play(row: Row, lane: string): Promise<void>;
}

export interface Suite<Row extends { mirrored?: unknown }> {
  rows: readonly Row[];
  /** How many repositories share the rows that need no settings of their own. */
  lanes: number;
  start: (lanes: readonly Lane<Row>[]) => Promise<Scene<Row>>;
}

/** Milliseconds: a row waits for all those before it in its lane. */
const patience = 120_000;

/** A test for each row, all of them on one mirror; and in the end, everything that is stored and listed. */
export function describeFaults<Row extends FaultRow & { mirrored?: unknown }>(
  what: string,
  suite: Suite<Row>,
): void {
  const rows = inTime(suite.rows, inject("thorough"));

  describe(what, () => {
    let plays: ReadonlyMap<string, Promise<void>>;
    let scene: Scene<Row>;

    beforeAll(async () => {
      const lanes = lanesOf(rows, suite.lanes);
      scene = await suite.start(lanes);
      plays = playLanes(lanes, async (row, lane) => await scene.play(row, lane));
    }, patience);
    afterAll(async () => await scene[Symbol.asyncDispose]());

    test.each(rows.map(({ name }) => name))("%s", async (name) => await plays.get(name), patience);

    test("leaves no archive behind that is not what its digest says", async () => {
      expect(await requireArchivesVerified(scene.mirror)).toBeGreaterThan(rows.length);
    });
  });
}
