import { env } from "cloudflare:test";
import { expect } from "vitest";
import { beginVerification } from "../../src/keeper/verification.ts";
import { statusKey } from "../../src/storage/keys.ts";
import { kvWrites } from "../../src/storage/kv-writes.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";
import { type Break, brokenStore } from "../support/broken-store.ts";
import {
  type Harness,
  publishUpstream,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";
import { type Stores, StorageReaders, archiveUrls, readAll } from "./storage-readers.ts";
import { type StorageRow, statusCode } from "./storage-row.ts";
import { refusal } from "./store-breaks.ts";

const real: Stores = { kv: env.KV, bucket: env.BUCKET };
const asItIs: Break = async ({ proceed }) => await proceed();
const archivesAlone: Break = async ({ key, proceed }) => {
  if (!String(key).startsWith("archives/")) throw new Error("R2 gives no documents");
  return await proceed();
};

/** Seconds: the interval of checks, and how long superseded revisions are kept. */
const interval = 600;
/** Checks while something is broken, and before and behind that. */
const rounds = 4;
const signature = "-----BEGIN PGP SIGNED MESSAGE-----";
/** More than R2 takes in one part. */
const megabytes = `# ${"x".repeat(1022)}\n`.repeat(6 * 1024);

/** What came of some units. */
interface Outcome {
  /** What the Keeper said: why units failed, and its log. */
  told: string[];
  /** Of the problems that the stored status named behind each unit. */
  codes: Set<string>;
}

/**
 * Storage fails under a Keeper, its readers, or both, while a version is published upstream. Readers get what they
 * had, or more, throughout; what is listed is stored; it is told; and when it ends all is well again by itself.
 * Another repository in the same storage stays as it is.
 */
export async function playStorageFault(row: StorageRow): Promise<void> {
  await withKeeper(async (neighbour) => {
    await publishUpstream(neighbour, 1, `chart-of-${neighbour.repository}`);
    await untilSettled(neighbour);
    await withKeeper(async (harness) => await play(row, harness, neighbour), {
      config: { history: interval },
    });
  });
}

async function play(row: StorageRow, harness: Harness, neighbour: Harness): Promise<void> {
  await publish(row, harness, 2);
  await untilSettled(harness);
  const before = await readAll(harness.repository, real, harness.parts.now);
  const untouched = await documentsOf(neighbour);
  harness.events.length = 0;

  const broken = {
    kv: brokenStore(env.KV, row.kv ?? asItIs),
    bucket: brokenStore(env.BUCKET, row.bucket ?? asItIs),
  };
  const byReaders = row.seenBy === "the Keeper" ? real : broken;
  const readBy = (stores: Stores, { repository, parts }: Harness) => readAll(repository, stores, parts.now);
  expect(await readBy(byReaders, harness)).toBe(before);
  if (row.seenBy !== "readers") {
    harness.parts.bucket = broken.bucket;
    harness.parts.kv = kvWrites(broken.kv, row.kvPatience ?? 5_000);
  }
  const readers = new StorageReaders(async () => await readBy(byReaders, harness), before);
  const others = new StorageReaders(async () => await readBy(byReaders, neighbour), untouched.index);
  await publish(row, harness, 3);
  beginVerification(harness.ledger, harness.parts.now());
  harness.wait(interval);
  const outcome = await untilSettled(harness, row.hangs);
  await readers.stop();
  await others.stop();
  expect(Math.min(readers.rounds, others.rounds)).toBeGreaterThan(1);
  expect(archiveUrls(await readBy(byReaders, harness))).toHaveLength(row.readersBehind === true ? 2 : 3);
  expect(await requireEveryArchive(harness)).toBe(row.isHeldUp === true ? 2 : 3);
  expect(await documentsOf(neighbour)).toEqual(untouched);
  requireTold(row, outcome, harness);

  Object.assign(harness.parts, real);
  harness.wait(2 * interval);
  await untilSettled(harness);
  await requireRecovered(harness);
}

/** Publishes so many versions upstream, the first of them signed. */
async function publish({ isLarge }: StorageRow, harness: Harness, count: number): Promise<void> {
  const chart = `chart-of-${harness.repository}`;
  await publishUpstream(harness, count, chart);
  harness.upstream.put(`${chart}-1.0.0.tgz.prov`, signature);
  const index = harness.upstream.files.get("index.yaml");
  if (isLarge !== true || !(index instanceof Uint8Array)) return;
  harness.upstream.put("index.yaml", `${megabytes}${new TextDecoder().decode(index)}`);
}

/**
 * As the alarms do it: a unit that fails is followed by another one.
 *
 * @param hangs comes when a unit hangs, which the platform ends
 */
async function untilSettled(harness: Harness, hangs?: Promise<void>): Promise<Outcome> {
  const outcome: Outcome = { told: [], codes: new Set() };
  for (let round = 0; round < rounds; round += 1) {
    try {
      const settling = harness.settle();
      await (round === 0 && hangs !== undefined ? Promise.race([settling, hangs]) : settling);
    } catch (error) {
      outcome.told.push(`unit-failed ${String(error)}`);
    }
    await requireEveryArchive(harness);
    for (const { code } of (await storedStatus(harness))?.problems ?? []) outcome.codes.add(code);
    harness.wait(interval);
  }
  outcome.told.push(...harness.events.map((event) => JSON.stringify(event)));
  return outcome;
}

async function storedStatus({ repository }: Harness): Promise<RepositoryStatus | undefined> {
  return (await (await env.BUCKET.get(statusKey(repository)))?.json<RepositoryStatus>()) ?? undefined;
}

/** Everything that is stored of a repository, and its index as its readers get it. */
async function documentsOf({ repository, parts }: Harness): Promise<{ index: string; stored: string[] }> {
  const { objects } = await env.BUCKET.list({ prefix: `repositories/${repository}/` });
  const stored = objects.map(({ key, etag }) => `${key} ${etag}`);
  return { index: await readAll(repository, real, parts.now), stored };
}

/** The log says why, and the status that storage fails, wherever it can be written. */
function requireTold(row: StorageRow, { told, codes }: Outcome, harness: Harness): void {
  const blamed = told.filter((text) => text.includes(refusal) || text.includes("No answer from KV"));
  if (row.told === "nowhere") expect(blamed).toEqual([]);
  else expect(blamed).toContainEqual(expect.stringContaining(row.told));
  const code = statusCode(row);
  if (code === undefined) expect([...codes]).toEqual([]);
  else if (row.isStatusRefused !== true) expect([...codes]).toContain(code);
  else expect(statusOf(harness).problems).toMatchObject([{ chart: "", version: "", code }]);
}

async function requireRecovered(harness: Harness): Promise<void> {
  const { repository, parts } = harness;
  expect(await requireEveryArchive(harness)).toBe(3);
  expect(await storedStatus(harness)).toMatchObject({
    problems: [],
    problemCount: 0,
    versions: { listed: 3, stored: 3, pending: 0 },
    verify: { endedAt: expect.any(String), damaged: 0 },
    integrityFailures: 0,
  });
  const after = await readAll(repository, real, parts.now);
  expect(archiveUrls(after)).toHaveLength(3);
  // KV is in step as well: it serves the index by itself.
  expect(
    await readAll(repository, { ...real, bucket: brokenStore(env.BUCKET, archivesAlone) }, parts.now),
  ).toBe(after);
  const current = `/revisions/${(await harness.head()).revision}/`;
  const { objects } = await env.BUCKET.list({ prefix: `repositories/${repository}/revisions/` });
  expect(objects.filter(({ key }) => !key.includes(current)).map(({ key }) => key)).toEqual([]);
}
