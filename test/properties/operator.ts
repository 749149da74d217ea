import * as fc from "fast-check";
import { reinstate, withdraw } from "../../src/keeper/withdraw.ts";
import { happening } from "./commands.ts";
import { type Model, versionKey } from "./model.ts";
import type { World } from "./world.ts";

/** Seconds after which every isolate has heard of what is withdrawn. */
const heard = 10;

const versions = fc.record({
  chart: fc.constantFrom("alpha", "beta"),
  version: fc.constantFrom("1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0+up1"),
});

const withdraws = versions.map((named) =>
  happening(
    `the operator withdraws ${versionKey(named)}`,
    async (world, model) => {
      const { withdrawing, repository } = world;
      const outcome = await withdraw(withdrawing, { repository, ...named, reason: "hijacked" });
      // A Keeper that has lost its ledger knows nothing before its next unit.
      if (outcome.kind !== "withdrawn") return;
      const { number, digests } = outcome.withdrawal;
      model.withdrawn.set(versionKey(named), { number, digests });
      world.wait(heard);
    },
    ({ promised }) => promised.has(versionKey(named)),
  ),
);

const reinstates = versions.map((named) => {
  const key = versionKey(named);
  return happening(
    `the operator reinstates ${key}`,
    async (world, model) => {
      await reinstate(world.withdrawing, { repository: world.repository, ...named });
      model.withdrawn.delete(key);
      if (model.promised.has(key)) model.awaited.add(key);
      world.wait(heard);
    },
    ({ withdrawn }) => withdrawn.has(key),
  );
});

const rollsBack = fc.nat(5).map((steps) =>
  happening(`the operator rolls back by ${steps} revisions`, async ({ bucket, keeper, other }, model) => {
    const { revisions } = await bucket.history();
    const revision = revisions[steps % revisions.length]?.revision;
    if (revision === undefined) return;
    const { kind } = await keeper.operate({ kind: "rollback", revision });
    if (kind !== "done") return;
    [model.held, model.wasHeld] = [undefined, true];
    await keeper.work({ units: 1 });
    const head = await bucket.head();
    // Where another Keeper was faster this one has to adopt its head first.
    if (!other.hasWorked || head?.revision === revision) model.held = revision;
  }),
);

const letsGo = fc.constant(
  happening(
    "the operator lets go",
    async ({ keeper }, model) => {
      if ((await keeper.operate({ kind: "let-go" })).kind === "done") model.held = undefined;
    },
    ({ held }) => held !== undefined,
  ),
);

const verifies = fc.constant(
  happening("the operator verifies", async ({ keeper }) => void (await keeper.operate({ kind: "verify" }))),
);

const syncs = fc.constant(
  happening("the operator syncs", async ({ keeper }) => void (await keeper.operate({ kind: "sync" }))),
);

const agrees = fc.constant(
  happening("the operator agrees", async ({ keeper }) => void (await keeper.operate({ kind: "agree" }))),
);

const releasesEarly = versions.map((named) =>
  happening(
    `the operator releases ${versionKey(named)} early`,
    async ({ keeper }) => void (await keeper.operate({ kind: "release-early", ...named })),
    ({ upstream }) => upstream.has(versionKey(named)),
  ),
);

/** What makes sense where policies hold something back. */
export const consents = [agrees, releasesEarly, releasesEarly];

/** Found at once by who looks, and mended where the upstream still has it. */
const archiveIsDamaged = fc
  .tuple(fc.nat(7), fc.boolean())
  .map(([which, isGone]) =>
    happening(`archive ${which} is ${isGone ? "deleted" : "damaged"}, and verified`, (world, model) =>
      damageOne(model, world, which, isGone ? undefined : "other bytes"),
    ),
  );

async function damageOne(
  model: Model,
  { bucket, keeper, other }: World,
  which: number,
  bytes: string | undefined,
): Promise<void> {
  if (other.hasWorked) return; // it would list what it has not been told of
  await keeper.work(); // a verification that goes on may have been there already
  await bucket.look();
  const head = await bucket.head();
  if (head === undefined) return;
  const listing = await bucket.listing(head.revision);
  const sound = listing.filter(
    (one) => !bucket.lost.has(one.digest) && !model.withdrawn.has(versionKey(one)),
  );
  const one = sound[which % sound.length];
  if (one === undefined) return;
  await bucket.damage(one.digest, bytes);
  if (model.promised.get(versionKey(one)) === one.digest) model.awaited.add(versionKey(one));
  await keeper.operate({ kind: "verify" });
  await keeper.work();
}

export const operations = [
  withdraws,
  withdraws,
  reinstates,
  rollsBack,
  letsGo,
  verifies,
  syncs,
  archiveIsDamaged,
];
