import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { lanesOf, playLanes } from "../support/faults/lanes.ts";
import { requireArchivesVerified } from "../support/faults/play-fault.ts";
import { indexRows } from "./index-rows.ts";
import { IndexScene } from "./index-scene.ts";

const pattern = new RegExp(process.env["ROWS"] ?? "");
const rows = indexRows
  .filter((row) => row.thorough === undefined || inject("thorough"))
  .filter((row) => pattern.test(row.name));

describe("an index that fails", () => {
  let plays: ReadonlyMap<string, Promise<void>>;
  let scene: IndexScene;

  beforeAll(async () => {
    const lanes = lanesOf(rows, 10);
    scene = await IndexScene.start(lanes);
    plays = playLanes(lanes, async (row, lane) => await scene.play(row, lane));
  });
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
