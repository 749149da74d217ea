import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { r2Archives } from "../../src/storage/r2-archives.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";
import { counting, failing, hanging } from "../support/watched-stores.ts";

const archives = r2Archives(env.BUCKET, 1_000);
await env.BUCKET.put("ten", "0123456789");
await env.BUCKET.put("empty", "");

describe("r2Archives", () => {
  test.for([
    { range: undefined, text: "0123456789", part: undefined },
    { range: { offset: 0 }, text: "0123456789", part: { offset: 0, length: 10 } },
    { range: { offset: 3 }, text: "3456789", part: { offset: 3, length: 7 } },
    { range: { offset: 3, length: 2 }, text: "34", part: { offset: 3, length: 2 } },
    { range: { offset: 8, length: 20 }, text: "89", part: { offset: 8, length: 2 } },
    { range: { suffix: 3 }, text: "789", part: { offset: 7, length: 3 } },
    { range: { suffix: 30 }, text: "0123456789", part: { offset: 0, length: 10 } },
  ])("opens $range as $text with one read", async ({ range, text, part }) => {
    const log: string[] = [];
    const opened = await r2Archives(counting(env.BUCKET, log), 1_000).open("ten", range);
    if (opened?.kind !== "open") throw new Error(`not open: ${opened?.kind}`);
    expect(await new Response(opened.body).text()).toBe(text);
    expect({ size: opened.size, part: opened.range }).toEqual({ size: 10, part });
    expect(log).toEqual(["get ten"]);
  });

  test.for([
    { key: "ten", range: { offset: 10 }, size: 10 },
    { key: "ten", range: { offset: 11, length: 1 }, size: 10 },
    { key: "ten", range: { suffix: 0 }, size: 10 },
    { key: "empty", range: { offset: 0 }, size: 0 },
    { key: "empty", range: { suffix: 5 }, size: 0 },
  ])("says how large $key is when $range lies behind its end", async ({ key, range, size }) => {
    expect(await archives.open(key, range)).toEqual({ kind: "unsatisfiable", size });
  });

  test("tells absent objects by undefined", async () => {
    expect(await archives.open("absent")).toBeUndefined();
    expect(await archives.open("absent", { offset: 5 })).toBeUndefined();
    expect(await archives.describe("absent")).toBeUndefined();
  });

  test("describes an object without a body", async () => {
    const described = await archives.describe("ten");
    expect(described).toEqual({
      size: 10,
      uploaded: expect.any(Date),
      etag: expect.stringMatching(/^\w+$/),
      metadata: {},
    });
  });

  test("tells what was written down beside an object, with its body or without", async () => {
    await env.BUCKET.put("told", "x", { customMetadata: { fetchedAt: "then" } });
    expect(await archives.describe("told")).toMatchObject({ metadata: { fetchedAt: "then" } });
    const opened = await archives.open("told");
    expect(opened).toMatchObject({ metadata: { fetchedAt: "then" } });
    if (opened?.kind === "open") await opened.body.cancel();
  });

  test.for([
    { name: "fails", bucket: failing(env.BUCKET) },
    { name: "hangs", bucket: hanging(env.BUCKET) },
  ])("throws StorageUnavailable when R2 $name", async ({ bucket }) => {
    const reader = r2Archives(bucket, 20);
    await expect(reader.open("ten")).rejects.toThrow(StorageUnavailable);
    await expect(reader.open("ten", { offset: 1 })).rejects.toThrow(StorageUnavailable);
    await expect(reader.describe("ten")).rejects.toThrow(StorageUnavailable);
  });
});
