import { env } from "cloudflare:test";
import type { Contents } from "../../src/storage/contents.ts";
import type { History } from "../../src/storage/history.ts";
import { historyKey, revisionKey, type RevisionDocument } from "../../src/storage/keys.ts";
import type { RegistryLine } from "../../src/storage/registry-lines.ts";
import type { Harness, PublishedIndex } from "./keeper-harness.ts";

/** A document of the published revision. @throws {Error} where it is missing */
export async function publishedText(harness: Harness, document: RevisionDocument): Promise<string> {
  const { revision } = await harness.head();
  return await storedText(revisionKey(harness.repository, revision, document));
}

export async function publishedContents(harness: Harness): Promise<Contents> {
  return JSON.parse(await publishedText(harness, "contents.json"));
}

/** The lines of one chart, as contents.json says where they stand. */
export async function registryLines(harness: Harness, chart: string): Promise<RegistryLine[]> {
  const { charts } = await publishedContents(harness);
  const { offset = 0, length = 0 } = charts[chart]?.registry ?? {};
  const bytes = new TextEncoder().encode(await publishedText(harness, "registry.txt"));
  const text = new TextDecoder().decode(bytes.subarray(offset, offset + length));
  return text
    .trimEnd()
    .split("\n")
    .map((line): RegistryLine => JSON.parse(line));
}

export async function latestIndex(harness: Harness): Promise<PublishedIndex> {
  return JSON.parse(await publishedText(harness, "latest.json"));
}

export async function historyOf({ repository }: Pick<Harness, "repository">): Promise<History> {
  return JSON.parse(await storedText(historyKey(repository)));
}

export async function gunzip(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
}

async function storedText(key: string): Promise<string> {
  const object = await env.BUCKET.get(key);
  if (object === null) throw new Error(`${key} is missing`);
  return await object.text();
}
