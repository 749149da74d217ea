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
  if (model.isFollowed && !isHeld) model.promised = new Map();
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

function requireDigest({ shown, promised, forgotten, isFollowed }: Model, one: Listed): void {
  const version = versionKey(one);
  if (shown.get(version)?.has(one.digest) !== true) throw new Error(`${version} was never ${one.digest}`);
  if (forgotten.has(version) || isFollowed) return;
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
