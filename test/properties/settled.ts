import { env } from "cloudflare:test";
import { expect } from "vitest";
import { headKey } from "../../src/storage/keys.ts";
import type { Problem } from "../../src/storage/status.ts";
import { repositoryConfig } from "../support/keeper-harness.ts";
import { type Model, versionKey } from "./model.ts";
import { requirePromises } from "./promises.ts";
import type { World } from "./world.ts";

const day = 86_400;

/** Everything is well again, for long enough that nothing is left to do. */
export async function settle(model: Model, world: World): Promise<void> {
  model.fault = undefined;
  world.kvIsDown = false;
  await endOperations(model, world);
  for (const seconds of [repositoryConfig.interval, day]) {
    world.wait(seconds);
    if (world.other.hasWorked) await world.other.work();
    await world.keeper.work();
  }
}

/** Nothing is held any more, and what was lost is looked for. */
async function endOperations(model: Model, { keeper, other, bucket }: World): Promise<void> {
  if (!model.wasHeld && bucket.lost.size === 0) return;
  const keepers = other.hasWorked ? [other, keeper] : [keeper];
  for (const one of keepers) await one.work();
  for (const one of keepers) await one.operate({ kind: "let-go" });
  model.held = undefined;
  if (bucket.lost.size > 0) await keeper.operate({ kind: "verify" });
}

/** What holds when everything is well and there was time. */
export async function requireSettled(model: Model, world: World): Promise<void> {
  const { bucket, keeper, other } = world;
  await requirePromises(model, world);
  expect(await keeper.isIdle()).toBe(true);
  const head = await bucket.head();
  if (model.shown.size === 0 || head === undefined) return expect(model.promised.size).toBe(0);
  const isLost = (version: string): boolean =>
    [...(model.shown.get(version) ?? [])].some((digest) => bucket.lost.has(digest));
  for (const version of model.upstream.keys()) {
    if (!model.withdrawn.has(version) && !isLost(version))
      expect([...model.promised.keys()]).toContain(version);
  }
  if (model.isFollowed) requireFollowed(model, isLost);
  for (const version of model.awaited) {
    if (model.withdrawn.has(version) || model.isFollowed) continue;
    // Nobody has its bytes any more.
    expect(isLost(version) && model.upstream.get(version)?.sha256 !== model.promised.get(version)).toBe(true);
  }
  const status = await bucket.status();
  expect(status).toEqual(await keeper.status());
  const isEmptied = model.upstream.size === 0;
  // Of an index that is emptied the one before counts, and what nobody could copy in time has failed.
  if (bucket.lost.size === 0 && !isEmptied)
    expect(status?.versions).toMatchObject({ pending: 0, failed: 0, dropped: 0 });
  // How much a source had is known to a Keeper that saw it, and to no other.
  if (!isEmptied || !(model.ledgerWasLost || other.hasWorked))
    expect(status?.sources).toMatchObject([{ state: isEmptied ? "failing" : "ok" }]);
  if (!model.isFollowed) requireToldOtherBytes(model, status?.problems ?? [], isLost);
  if (other.hasWorked) return; // the head may be its, unnoticed as long as there is nothing new to publish
  expect(status).toMatchObject({
    revision: head.revision,
    versions: { listed: (await bucket.listing(head.revision)).length },
  });
  expect(await env.KV.get(headKey(world.repository), "json")).toEqual(head);
}

/** What is listed is what the upstream has; of an upstream that is empty nothing is followed. */
function requireFollowed(
  { upstream, promised, withdrawn }: Model,
  isLost: (version: string) => boolean,
): void {
  if (upstream.size === 0) return;
  for (const version of promised.keys()) expect([...upstream.keys()]).toContain(version);
  for (const [version, { digest }] of upstream) {
    if (digest === undefined || withdrawn.has(version) || isLost(version)) continue;
    expect(promised.get(version), version).toBe(digest);
  }
}

function requireToldOtherBytes(
  model: Model,
  problems: readonly Problem[],
  isLost: (version: string) => boolean,
): void {
  for (const published of model.upstream.values()) {
    const version = versionKey(published);
    if (model.withdrawn.has(version) || isLost(version)) continue;
    const isOther = published.sha256 !== model.promised.get(version);
    const told = problems.filter((problem) => problem.other?.digest === published.sha256);
    // Without a digest the upstream cannot show that the bytes are other ones.
    if (published.digest !== undefined)
      expect(told.map(({ code }) => code)).toEqual(isOther ? ["re-released"] : []);
  }
}
