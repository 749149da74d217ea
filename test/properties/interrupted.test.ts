import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { runs } from "../support/runs.ts";
import { edits, interruptions } from "./commands.ts";
import { requireSettled, settle } from "./promises.ts";
import { type Model } from "./model.ts";
import { type World, withoutPatience, withWorld } from "./world.ts";

type Happening = fc.AsyncCommand<Model, World>;

/** A state of the upstream that lasts long enough to be mirrored, and what befalls the Keeper meanwhile. */
interface State {
  edits: Happening[];
  interruptions: Happening[];
}

const states: fc.Arbitrary<State[]> = fc.array(
  fc.record({
    edits: fc.array(fc.oneof(...edits), { minLength: 1, maxLength: 5 }),
    interruptions: fc.array(fc.oneof(...interruptions), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** What readers have in each state, once everything is settled: the index, and what registry clients are told. */
async function readIn(
  history: readonly State[],
  isInterrupted: boolean,
): Promise<{ revision: string; index: string; registry: string }[]> {
  return await withWorld(async (model, world) => {
    const read = [];
    for (const state of history) {
      const happenings = isInterrupted ? [...state.edits, ...state.interruptions] : state.edits;
      world.wait(600);
      for (const one of happenings) if (one.check(model)) await one.run(model, world);
      await settle(model, world);
      await requireSettled(model, world);
      const head = await world.bucket.head();
      if (head === undefined) continue;
      const { revision } = head;
      const index = await world.bucket.text(revision, "index.json");
      read.push({ revision, index, registry: await world.bucket.text(revision, "registry.txt") });
    }
    return read;
  });
}

beforeAll(withoutPatience);

test("what readers get of a state of the upstream does not depend on where the Keeper was interrupted", async () => {
  await fc.assert(
    fc.asyncProperty(states, async (history) => {
      expect(await readIn(history, true)).toEqual(await readIn(history, false));
    }),
    runs(12, 500),
  );
}, 300_000);
