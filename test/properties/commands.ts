import * as fc from "fast-check";
import type { Budget } from "../../src/config/config.ts";
import { repositoryConfig } from "../support/keeper-harness.ts";
import { type Fault, faultNames } from "./faults.ts";
import type { Death } from "./isolate.ts";
import { forgetUnlisted, type Model, publishUpstream, type Release, versionKey } from "./model.ts";
import { requirePromises } from "./promises.ts";
import type { World } from "./world.ts";

export type Happening = fc.AsyncCommand<Model, World>;

/** Something that happens to the Keeper or to its stores; behind it all promises hold. */
export const happening = (
  name: string,
  happen: (world: World, model: Model) => void | Promise<void>,
  isPossible: (model: Readonly<Model>) => boolean = () => true,
): Happening => ({
  check: isPossible,
  async run(model, world) {
    await happen(world, model);
    await requirePromises(model, world);
  },
  toString: () => name,
});

/** Something that happens elsewhere: it touches no store, so there is nothing new to look at. */
const elsewhere = (
  name: string,
  happen: (model: Model, world: World) => void | Promise<void>,
  isPossible: (model: Readonly<Model>) => boolean = () => true,
): Happening => ({
  check: isPossible,
  run: async (model, world) => await happen(model, world),
  toString: () => name,
});

/** Of two charts, so few that versions are published again, removed and restored. */
const releases: fc.Arbitrary<Release> = fc.record({
  chart: fc.constantFrom("alpha", "beta"),
  version: fc.constantFrom("1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0+up1"),
  release: fc.constantFrom(1, 1, 1, 2, 3),
  text: fc.constantFrom(1, 1, 2),
  hasDigest: fc.constantFrom(true, true, true, false),
  isSigned: fc.constantFrom(false, false, true),
});

const named = ({ release, text, hasDigest, isSigned, ...version }: Release): string =>
  `${versionKey(version)}, bytes ${release}, text ${text}${hasDigest ? "" : ", no digest"}${isSigned ? ", signed" : ""}`;

const upstreamPublishes = releases.map((release) =>
  elsewhere(`the upstream has ${named(release)}`, (model) => publishUpstream(model, release)),
);

const upstreamRemoves = releases.map(({ chart, version }) => {
  const key = versionKey({ chart, version });
  return elsewhere(
    `the upstream removes ${key}`,
    (model) => void model.upstream.delete(key),
    (model) => model.upstream.has(key),
  );
});

const upstreamFails = fc.constantFrom(...faultNames).map((fault: Fault) =>
  elsewhere(
    `the upstream fails: ${fault}`,
    (model) => void (model.fault = fault),
    (model) => model.fault !== fault,
  ),
);

const upstreamRecovers = fc.constant(
  elsewhere(
    "the upstream recovers",
    (model) => void (model.fault = undefined),
    (model) => model.fault !== undefined,
  ),
);

const smallBudget: Budget = { entries: 3, archives: 1, subrequests: 10 };

const budgets: fc.Arbitrary<[string, Budget]> = fc.constantFrom(
  ["", repositoryConfig.budget],
  [", little at a time", smallBudget],
);

const deaths: fc.Arbitrary<Death> = fc.record({
  operation: fc.integer({ min: 1, max: 40 }),
  when: fc.constantFrom("before", "after"),
});

const keeperWorks = budgets.map(([how, budget]) =>
  happening(`the Keeper works${how}`, ({ keeper }) => keeper.work({ budget })),
);

const keeperDoesOneUnit = fc.constant(
  happening("the Keeper does one small unit", ({ keeper }) => keeper.work({ units: 1, budget: smallBudget })),
);

const keeperDies = fc
  .tuple(deaths, budgets)
  .map(([death, [how, budget]]) =>
    happening(`the Keeper dies ${death.when} operation ${death.operation}${how}`, ({ keeper }) =>
      keeper.work({ death, budget }),
    ),
  );

const keeperIsEvicted = fc.constant(happening("the Keeper is evicted", ({ keeper }) => keeper.evict()));

const ledgerIsLost = fc.constant(
  happening("the Keeper's ledger is lost", async ({ keeper }, model) => {
    await keeper.loseLedger();
    model.ledgerWasLost = true;
    forgetUnlisted(model);
  }),
);

const otherWorks = fc.option(deaths, { nil: undefined }).map((death) => {
  const end = death === undefined ? "" : ` and dies ${death.when} operation ${death.operation}`;
  return happening(`another Keeper works${end}`, async ({ other }, model) => {
    forgetUnlisted(model);
    await other.work(death === undefined ? {} : { death });
  });
});

const timePasses = fc
  .constantFrom(5, 30, 600, 600, 3700, 90_000)
  .map((seconds) => elsewhere(`${seconds} s pass`, (_model, world) => world.wait(seconds)));

const kvTurns = fc
  .boolean()
  .map((isDown) => happening(isDown ? "KV fails" : "KV works", (world) => void (world.kvIsDown = isDown)));

/** Most of the time. */
export const ordinary = [keeperWorks, keeperWorks, timePasses];
/** What changes upstream. */
export const edits = [upstreamPublishes, upstreamPublishes, upstreamPublishes, upstreamRemoves];
/** What may interrupt a Keeper, and must not change what comes of its work. */
export const interruptions = [keeperDoesOneUnit, keeperDies, keeperIsEvicted, ledgerIsLost, kvTurns];

/** All but what the operator does. */
export const everything = [
  ...edits,
  ...interruptions,
  keeperDies,
  keeperWorks,
  keeperWorks,
  timePasses,
  timePasses,
  upstreamFails,
  upstreamRecovers,
  otherWorks,
];
