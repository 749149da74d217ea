import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { DocumentReader } from "../../src/storage/documents.ts";
import { failoverDocuments } from "../../src/storage/failover-documents.ts";
import { kvDocuments } from "../../src/storage/kv-documents.ts";
import { r2Documents } from "../../src/storage/r2-documents.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";
import { documentReaderContract } from "../contracts/document-reader.ts";
import { counting, failing, hanging } from "../support/watched-stores.ts";

const limits = { first: 1_000, second: 1_000 };
const impatient = { first: 20, second: 1_000 };
const kv = kvDocuments(env.KV);
const r2 = r2Documents(env.BUCKET);
const inKv = (key: string, bytes: Uint8Array<ArrayBuffer>) => env.KV.put(key, bytes);
const inR2 = async (key: string, bytes: Uint8Array<ArrayBuffer>) => void (await env.BUCKET.put(key, bytes));

documentReaderContract("kvDocuments", () => ({ reader: kv, write: inKv }));
documentReaderContract("r2Documents", () => ({ reader: r2, write: inR2 }));
documentReaderContract("failoverDocuments that finds all in the first store", () => ({
  reader: failoverDocuments(kv, r2, limits),
  write: inKv,
}));
documentReaderContract("failoverDocuments that finds all in the second store", () => ({
  reader: failoverDocuments(kvDocuments(env.KV), r2, limits),
  write: async (key, bytes) => {
    await env.KV.delete(key);
    await inR2(key, bytes);
  },
}));

/** Read in both ways, which have to agree. */
async function text(reader: DocumentReader): Promise<string | undefined> {
  const document = await reader.open("some/document");
  const streamed = document && (await new Response(document.body).text());
  expect(await reader.text("some/document")).toBe(streamed);
  const part = await reader.bytes("some/document", { offset: 1, length: 3 });
  expect(part && new TextDecoder().decode(part)).toBe(streamed?.slice(1, 4));
  return streamed;
}

describe("failoverDocuments", () => {
  const broken = kvDocuments(failing(env.KV));
  const stuck = kvDocuments(hanging(env.KV));
  const nothing: DocumentReader = {
    open: () => Promise.resolve(undefined),
    text: () => Promise.resolve(undefined),
    bytes: () => Promise.resolve(undefined),
  };

  test.for([
    { name: "fails", first: broken },
    { name: "hangs", first: stuck },
    { name: "has nothing", first: nothing },
  ])("answers from the second store when the first $name", async ({ first }) => {
    await env.BUCKET.put("some/document", "from R2");
    expect(await text(failoverDocuments(first, r2, impatient))).toBe("from R2");
  });

  test("asks only the first store where that has the document", async () => {
    const log: string[] = [];
    await env.KV.put("some/document", "from KV");
    const second = r2Documents(counting(env.BUCKET, log));
    expect(await text(failoverDocuments(kv, second, limits))).toBe("from KV");
    expect(log).toEqual([]);
  });

  test.for([
    { name: "both fail", first: broken, second: broken },
    { name: "the first fails and the second has nothing", first: broken, second: nothing },
    { name: "the first has nothing and the second fails", first: nothing, second: broken },
    { name: "both hang", first: stuck, second: stuck },
  ])("never takes a failure for an absent document: $name", async ({ first, second }) => {
    const reader = failoverDocuments(first, second, { first: 20, second: 20 });
    await expect(reader.open("some/document")).rejects.toThrow(StorageUnavailable);
    await expect(reader.text("some/document")).rejects.toThrow(StorageUnavailable);
    await expect(reader.bytes("some/document", { offset: 0, length: 1 })).rejects.toThrow(StorageUnavailable);
  });

  test("lets go of a document that arrives too late", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
    const late: DocumentReader = {
      ...nothing,
      open: async () => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return { body };
      },
    };
    expect(
      await failoverDocuments(late, r2, { first: 10, second: 1_000 })
        .open("absent")
        .catch(() => "failed"),
    ).toBe("failed");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(cancelled).toBe(true);
  });
});
