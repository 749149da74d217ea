import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { type Break, brokenStore } from "../support/broken-store.ts";
import { edgeUnderTest } from "../support/edge-under-test.ts";
import {
  type Harness,
  publishUpstream,
  repositoryConfig,
  requireEveryArchive,
  withKeeper,
} from "../support/keeper-harness.ts";
import { type StorageRow, storageRows } from "./storage-rows.ts";

/** What readers of a repository get: its index, and its archives by the URLs in it. */
async function read(harness: Harness, stores: { kv: KVNamespace; bucket: R2Bucket }): Promise<string> {
  const { repository } = harness;
  const config = { repositories: { [repository]: repositoryConfig } };
  const edge = edgeUnderTest({ config, ...stores, patience: 100, now: harness.parts.now });
  const answer = await edge.request(`/${repository}/index.yaml`);
  const index = await answer.text();
  expect(answer.status, index).toBe(200);
  for (const [, url] of index.matchAll(/"(charts\/[^"]+)"/g)) {
    const archive = await edge.request(`/${repository}/${url}`);
    expect(archive.status, url).toBe(200);
    await archive.arrayBuffer();
  }
  return index;
}

/** As the alarms do it: a unit that fails is followed by another one. @returns what was told */
async function untilSettled(harness: Harness, units: number): Promise<string[]> {
  const told: string[] = [];
  for (let unit = 0; unit < units; unit += 1) {
    try {
      await harness.settle();
    } catch (error) {
      told.push(`unit-failed ${String(error)}`);
      await requireEveryArchive(harness);
    }
    harness.wait(60);
  }
  return [...told, ...harness.events.map((event) => JSON.stringify(event))];
}

const asItIs: Break = async ({ proceed }) => await proceed();
const archivesAlone: Break = async ({ key, proceed }) => {
  if (!String(key).startsWith("archives/")) throw new Error("R2 gives no documents");
  return await proceed();
};
const real = { kv: env.KV, bucket: env.BUCKET };

describe("storage that fails", () => {
  test.each(storageRows().map((row): [string, StorageRow] => [row.name, row]))("%s", async (_, row) => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 2);
      await untilSettled(harness, 3);
      const before = await read(harness, real);
      harness.events.length = 0;

      const broken = {
        kv: brokenStore(env.KV, row.kv ?? asItIs),
        bucket: brokenStore(env.BUCKET, row.bucket ?? asItIs),
      };
      const byReaders = row.seenBy === "the Keeper" ? real : broken;
      if (row.seenBy !== "readers") Object.assign(harness.parts, broken);
      expect(await read(harness, byReaders)).toBe(before);
      await publishUpstream(harness, 3);
      harness.wait(600);
      const told = await untilSettled(harness, 4);
      expect(await requireEveryArchive(harness)).toBeGreaterThanOrEqual(2);
      expect(await read(harness, byReaders)).toContain("2.0.0");
      const named = told.filter((text) => text.includes(row.told) && text.includes("the store refuses"));
      expect(named.length > 0).toBe(row.told !== "nowhere");

      Object.assign(harness.parts, real);
      harness.wait(900);
      await untilSettled(harness, 4);
      expect(await requireEveryArchive(harness)).toBe(3);
      const after = await read(harness, real);
      // KV is in step as well: it serves the index by itself.
      expect(await read(harness, { ...real, bucket: brokenStore(env.BUCKET, archivesAlone) })).toBe(after);
    });
  });
});
