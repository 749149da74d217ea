import { env } from "cloudflare:test";
import { expect } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import type { Head } from "../../src/storage/head.ts";
import { headKey } from "../../src/storage/keys.ts";
import { repositoryConfig } from "../support/keeper-harness.ts";
import { type Model, versionKey } from "./model.ts";
import { type Listed, listingIn } from "./observed-bucket.ts";
import type { World } from "./world.ts";

/** What holds at every moment, whatever happened: the promises of docs/architecture.md, as far as readers see them. */
export async function requirePromises(model: Model, world: World): Promise<void> {
  await world.bucket.look();
  const head = await world.bucket.head();
  if (head !== undefined) requireKept(model, await world.bucket.listing(head.revision));
  await requireComplete(world, head);
  await requireRead(model, world, head);
}

/** Kept, and pinned: what was listed once stays so, with its digest; and nothing is listed that never was there. */
function requireKept(model: Model, listing: readonly Listed[]): void {
  const listed = new Map(listing.map((one) => [versionKey(one), one.digest]));
  for (const [version, digest] of listed) {
    if (model.shown.get(version)?.has(digest) !== true) throw new Error(`${version} was never ${digest}`);
    const promised = model.promised.get(version) ?? digest;
    if (promised !== digest) throw new Error(`${version} was listed as ${promised}, and is now ${digest}`);
    model.promised.set(version, digest);
  }
  for (const version of model.promised.keys()) {
    if (!listed.has(version)) throw new Error(`${version} is not listed any more`);
  }
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
  for (const one of listing) expect(model.promised.get(versionKey(one))).toBe(one.digest);
  if (kvIsDown) expect(listing).toEqual(await world.bucket.listing(head.revision));
  const sample = listing[Math.floor(world.clock.now / 1000) % listing.length];
  if (sample === undefined) return;
  const archive = await edge.request(`/${repository}/${sample.url}`);
  expect(archive.status).toBe(200);
  expect(await sha256(new Uint8Array(await archive.arrayBuffer()))).toBe(sample.digest);
}

const day = 86_400;

/** Everything is well again, for long enough that nothing is left to do. */
export async function settle(model: Model, world: World): Promise<void> {
  model.fault = undefined;
  world.kvIsDown = false;
  for (const seconds of [repositoryConfig.interval, day]) {
    world.wait(seconds);
    if (world.other.hasWorked) await world.other.work();
    await world.keeper.work();
  }
}

/** What holds when everything is well and there was time. */
export async function requireSettled(model: Model, world: World): Promise<void> {
  const { bucket, keeper, other } = world;
  await requirePromises(model, world);
  expect(await keeper.isIdle()).toBe(true);
  const head = await bucket.head();
  if (model.shown.size === 0 || head === undefined) return expect(model.promised.size).toBe(0);
  for (const version of model.upstream.keys()) expect([...model.promised.keys()]).toContain(version);
  const status = await bucket.status();
  expect(status).toEqual(await keeper.status());
  expect(status?.versions).toMatchObject({ pending: 0, failed: 0, dropped: 0 });
  expect(status?.sources).toMatchObject([{ state: model.upstream.size === 0 ? "failing" : "ok" }]);
  for (const published of model.upstream.values()) {
    const isOther = published.sha256 !== model.promised.get(versionKey(published));
    const told = status?.problems.filter((problem) => problem.other?.digest === published.sha256) ?? [];
    // Without a digest the upstream cannot show that the bytes are other ones.
    if (published.digest !== undefined)
      expect(told.map(({ code }) => code)).toEqual(isOther ? ["re-released"] : []);
  }
  if (other.hasWorked) return; // the head may be its, unnoticed as long as there is nothing new to publish
  expect(status).toMatchObject({ revision: head.revision, versions: { listed: model.promised.size } });
  expect(await env.KV.get(headKey(world.repository), "json")).toEqual(head);
}
