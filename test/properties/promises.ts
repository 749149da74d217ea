import { env } from "cloudflare:test";
import { expect } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import type { Head } from "../../src/storage/head.ts";
import { headKey } from "../../src/storage/keys.ts";
import type { Problem } from "../../src/storage/status.ts";
import { repositoryConfig } from "../support/keeper-harness.ts";
import { type Model, versionKey } from "./model.ts";
import { type Listed, listingIn } from "./observed-bucket.ts";
import type { World } from "./world.ts";

/** What holds at every moment, whatever happened: the promises of docs/architecture.md, as far as readers see them. */
export async function requirePromises(model: Model, world: World): Promise<void> {
  await world.bucket.look();
  const head = await world.bucket.head();
  if (head !== undefined)
    requireKept(model, world.bucket.lost, head, await world.bucket.listing(head.revision));
  await requireComplete(world, head);
  await requireRead(model, world, head);
}

/**
 * Kept, and pinned: what was listed once stays so, with its digest; and nothing is listed that never was there, or
 * that the head says is withdrawn. While the operator holds a revision, that one is it.
 */
function requireKept(model: Model, lost: ReadonlySet<string>, head: Head, listing: readonly Listed[]): void {
  const isHeld = head.pinned !== undefined;
  if (model.held !== undefined && !(isHeld && head.revision === model.held))
    throw new Error("it is not held");
  for (const one of listing) {
    const version = versionKey(one);
    const { number = Number.POSITIVE_INFINITY } = model.withdrawn.get(version) ?? {};
    if ((head.withdrawals ?? 0) >= number) throw new Error(`${version} is withdrawn, and is listed`);
    if (!isHeld && !model.withdrawn.has(version)) {
      if (!model.promised.has(version)) model.promised.set(version, one.digest);
      model.awaited.delete(version);
    }
    requireDigest(model, one);
    // What is damaged and was found is in older revisions alone; one of these may have been adopted.
    const mayBeLost = isHeld || (model.wasHeld && model.ledgerWasLost);
    if (lost.has(one.digest) && !mayBeLost) throw new Error(`${version} is lost, and is listed`);
  }
  if (isHeld) return;
  const listed = new Set(listing.map(versionKey));
  for (const version of model.promised.keys()) {
    const mayBeAbsent = model.withdrawn.has(version) || model.awaited.has(version);
    if (!listed.has(version) && !mayBeAbsent) throw new Error(`${version} is not listed any more`);
  }
}

function requireDigest({ shown, promised, forgotten }: Model, one: Listed): void {
  const version = versionKey(one);
  if (shown.get(version)?.has(one.digest) !== true) throw new Error(`${version} was never ${one.digest}`);
  if (forgotten.has(version)) return;
  const digest = promised.get(version);
  if (digest !== one.digest) throw new Error(`${version} was ${digest}, and is now ${one.digest}`);
}

/** Files before index: whatever leads to a revision, its documents and their archives are there. */
async function requireComplete({ bucket, clock, other }: World, head: Head | undefined): Promise<void> {
  if (head !== undefined && !bucket.has(head.revision)) throw new Error("the head leads nowhere");
  const { revisions } = await bucket.history();
  const oldest = clock.now - repositoryConfig.history * 1000;
  for (const { revision, supersededAt } of revisions) {
    const isKept = supersededAt === null || Date.parse(supersededAt) >= oldest;
    if (bucket.has(revision)) await bucket.listing(revision);
    // Of two Keepers each tells its own history, and collects what it has published itself.
    else if (isKept && !other.hasWorked) throw new Error(`${revision} is told of and missing`);
  }
  const near = await env.KV.get<Head>(headKey(bucket.repository), "json");
  if (near !== null && bucket.has(near.revision)) await bucket.listing(near.revision);
}

/** Reads stand alone: through the edge there is always an index, perhaps an older one, and its archives. */
async function requireRead(model: Model, world: World, head: Head | undefined): Promise<void> {
  const { edge, repository, kvIsDown } = world;
  const response = await edge.request(`/${repository}/index.yaml`);
  if (head === undefined) return expect(response.status).toBe(503);
  expect(response.status).toBe(200);
  const listing = listingIn(await response.text());
  requireReadable(model, listing);
  const origin = await world.bucket.listing(head.revision);
  if (kvIsDown) expect(listing).toEqual(origin.filter((one) => !model.withdrawn.has(versionKey(one))));
  await requireWithdrawn(model, world);
  const sample = listing[Math.floor(world.clock.now / 1000) % listing.length];
  if (sample === undefined) return;
  const archive = await edge.request(`/${repository}/${sample.url}`);
  expect(archive.status).toBe(world.bucket.lost.has(sample.digest) ? 404 : 200);
  if (archive.ok) expect(await sha256(new Uint8Array(await archive.arrayBuffer()))).toBe(sample.digest);
}

function requireReadable(model: Model, listing: readonly Listed[]): void {
  for (const one of listing) {
    requireDigest(model, one);
    if (model.withdrawn.has(versionKey(one))) throw new Error(`${versionKey(one)} is withdrawn, and is read`);
  }
}

/** What is withdrawn is gone, by its name and by its digests, and is in no index of any view. */
async function requireWithdrawn(model: Model, { edge, repository, bucket }: World): Promise<void> {
  if (model.withdrawn.size === 0) return;
  for (const [key, { digests }] of model.withdrawn) {
    const file = `${key.replace(" ", "-")}.tgz`;
    for (const path of [file, ...digests.map((digest) => `charts/${digest}/${file}`)]) {
      expect((await edge.request(`/${repository}/${path}`)).status, path).toBe(410);
    }
  }
  const { revisions } = await bucket.history();
  const past = revisions.slice(0, 4).map(({ revision }) => `@${revision}`);
  for (const view of ["@latest", "@latest-2", "/alpha", "/beta", ...past]) {
    const answer = await edge.request(`/${repository}${view}/index.yaml`);
    if (answer.ok) requireReadable(model, listingIn(await answer.text()));
    else expect([404, 410], view).toContain(answer.status);
  }
}

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
  const isLost = (version: string): boolean => bucket.lost.has(model.promised.get(version) ?? "");
  for (const version of model.upstream.keys()) {
    if (!model.withdrawn.has(version)) expect([...model.promised.keys()]).toContain(version);
  }
  for (const version of model.awaited) {
    if (model.withdrawn.has(version)) continue;
    // Nobody has its bytes any more.
    expect(isLost(version) && model.upstream.get(version)?.sha256 !== model.promised.get(version)).toBe(true);
  }
  const status = await bucket.status();
  expect(status).toEqual(await keeper.status());
  if (bucket.lost.size === 0) expect(status?.versions).toMatchObject({ pending: 0, failed: 0, dropped: 0 });
  const isEmptied = model.upstream.size === 0 && !model.ledgerWasLost;
  if (isEmptied || model.upstream.size > 0)
    expect(status?.sources).toMatchObject([{ state: isEmptied ? "failing" : "ok" }]);
  requireToldOtherBytes(model, status?.problems ?? [], isLost);
  if (other.hasWorked) return; // the head may be its, unnoticed as long as there is nothing new to publish
  expect(status).toMatchObject({
    revision: head.revision,
    versions: { listed: (await bucket.listing(head.revision)).length },
  });
  expect(await env.KV.get(headKey(world.repository), "json")).toEqual(head);
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
