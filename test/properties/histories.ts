import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { runs } from "../support/runs.ts";
import { withoutPatience } from "../support/without-patience.ts";
import { edits, everything, type Happening, interruptions, ordinary } from "./commands.ts";
import { consents, operations } from "./operator.ts";
import { requireSettled, settle } from "./settled.ts";
import type { Kind } from "./upstream.ts";
import { withWorld } from "./world.ts";

/** Random histories of a repository that mirrors a source of this kind. */
export function testHistories(kind: Kind, few: number): void {
  beforeAll(withoutPatience);

  test.each([
    ["whatever happens to", [...everything, ...operations]],
    [
      "whatever the operator does to",
      [...edits, ...ordinary, ...interruptions, ...operations, ...operations],
    ],
  ])(
    `%s ${kind.name} and its Keeper, every promise holds after every step, and all is well in the end`,
    async (_, happenings) => await tryHistories(kind, happenings, few),
    300_000,
  );
}

/** The same where policies follow the upstream, but hold back what they do not believe yet. */
export function testFollowing(kind: Kind, few: number): void {
  beforeAll(withoutPatience);

  test(`${kind.name} is complete after every step, whatever happens, and in the end all that it has is listed, and nothing else`, async () => {
    await tryHistories(kind, [...everything, ...operations, ...consents], few);
  }, 300_000);
}

async function tryHistories(
  kind: Kind,
  happenings: readonly fc.Arbitrary<Happening>[],
  few: number,
): Promise<void> {
  const histories = fc.commands([...happenings], { maxCommands: 30, size: "max" });
  await fc.assert(
    fc.asyncProperty(histories, async (commands) => {
      await withWorld(kind, async (model, world) => {
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await settle(model, world);
        await requireSettled(model, world);
      });
    }),
    runs(few, 1000),
  );
}

/** A state of the upstream that lasts long enough to be mirrored, and what befalls the Keeper meanwhile. */
interface State {
  edits: Happening[];
  interruptions: Happening[];
}

/** The same history without any interruption, and with some. */
export function testInterruptions(kind: Kind, few: number): void {
  beforeAll(withoutPatience);
  const states: fc.Arbitrary<State[]> = fc.array(
    fc.record({
      edits: fc.array(fc.oneof(...edits), { minLength: 1, maxLength: 5 }),
      interruptions: fc.array(fc.oneof(...interruptions), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  test(`what readers get of a state of ${kind.name} does not depend on where the Keeper was interrupted`, async () => {
    await fc.assert(
      fc.asyncProperty(states, async (history) => {
        expect(await readIn(kind, history, true)).toEqual(await readIn(kind, history, false));
      }),
      runs(few, 1000),
    );
  }, 300_000);
}

/** What readers have in each state, once everything is settled: the index, and what registry clients are told. */
async function readIn(
  kind: Kind,
  history: readonly State[],
  isInterrupted: boolean,
): Promise<{ revision: string; index: string; registry: string }[]> {
  return await withWorld(kind, async (model, world) => {
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
