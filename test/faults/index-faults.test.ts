import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { inTime } from "../support/faults/fault-row.ts";
import { lanesOf, playLanes } from "../support/faults/lanes.ts";
import { requireArchivesVerified } from "../support/faults/play-fault.ts";
import { indexRows } from "./index-rows.ts";
import { IndexScene } from "./index-scene.ts";

const rows = inTime(indexRows, inject("thorough"));

describe("an index that fails", () => {
  let plays: ReadonlyMap<string, Promise<void>>;
  let scene: IndexScene;

  beforeAll(async () => {
    const lanes = lanesOf(rows, 10);
    scene = await IndexScene.start(lanes);
    plays = playLanes(lanes, async (row, lane) => await scene.play(row, lane));
  }, 120_000);
  afterAll(async () => await scene[Symbol.asyncDispose]());

  test.each(rows.map(({ name }) => name))(
    "%s",
    async (name) => {
      await plays.get(name);
    },
    120_000,
  );

  test("leaves no archive behind that is not what its digest says", async () => {
    expect(await requireArchivesVerified(scene.mirror)).toBeGreaterThan(rows.length);
  });
});
