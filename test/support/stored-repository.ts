import type { ChartContents } from "../../src/storage/contents.ts";
import type { Head } from "../../src/storage/head.ts";
import { archiveKey, headKey, provenanceKey, revisionKey } from "../../src/storage/keys.ts";

export interface StoredVersion {
  version: string;
  /** The archive's bytes; not a real archive, the reading side never looks inside. */
  archive: Uint8Array<ArrayBuffer>;
  digest: string;
  /** Below the repository, as the index lists it. */
  path: string;
}

export interface StoredRepository {
  head: Head;
  /** index.json as it was stored. */
  index: string;
  charts: Record<string, StoredVersion[]>;
}

export interface Stores {
  kv: Pick<KVNamespace, "put">;
  bucket: Pick<R2Bucket, "put">;
}

export interface ChartToStore {
  /** Newest first. */
  versions: string[];
  description?: string;
  /** Versions with a .prov. */
  signed?: string[];
}

/** Stores a published revision, the way the Keeper leaves it behind, so that the reading side can be tested alone. */
export async function storeRepository(
  stores: Stores,
  name: string,
  charts: Record<string, ChartToStore>,
  revision = "0123456789abcdef0123456789abcdef",
): Promise<StoredRepository> {
  const stored: Record<string, StoredVersion[]> = {};
  for (const [chart, { versions, signed }] of Object.entries(charts)) {
    stored[chart] = await Promise.all(versions.map((version) => storedVersion(chart, version)));
    for (const { version, digest, archive } of stored[chart]) {
      await stores.bucket.put(archiveKey(digest), archive, { sha256: digest });
      if (signed?.includes(version)) {
        await stores.bucket.put(provenanceKey(name, digest), provenanceOf(chart, version));
      }
    }
  }
  const { index, contents } = layOut(charts, stored);
  const bytes = new Uint8Array(new TextEncoder().encode(index));
  const compressed = await gzip(bytes);
  const head: Head = {
    revision,
    publishedAt: "2026-11-20T10:11:12.345Z",
    bytes: bytes.byteLength,
    gzipBytes: compressed.byteLength,
    charts: Object.keys(charts).length,
    versions: Object.values(stored).flat().length,
  };
  for (const [key, value] of [
    [revisionKey(name, revision, "index.json"), bytes],
    [revisionKey(name, revision, "index.json.gz"), compressed],
    [revisionKey(name, revision, "contents.json"), JSON.stringify({ charts: contents })],
    [headKey(name), JSON.stringify(head)],
  ] as const) {
    await stores.bucket.put(key, value);
    await stores.kv.put(key, value);
  }
  return { head, index, charts: stored };
}

export const provenanceOf = (chart: string, version: string): string =>
  `-----BEGIN PGP SIGNED MESSAGE-----\n${chart} ${version}\n-----BEGIN PGP SIGNATURE-----\n`;

async function storedVersion(chart: string, version: string): Promise<StoredVersion> {
  const archive = new Uint8Array(new TextEncoder().encode(`the archive of ${chart} ${version}\n`.repeat(20)));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
  const file = encodeURIComponent(`${chart}-${version}.tgz`).replaceAll("%2B", "+");
  return { version, archive, digest, path: `charts/${digest}/${file}` };
}

const length = (text: string): number => new TextEncoder().encode(text).byteLength;

function layOut(charts: Record<string, ChartToStore>, stored: Record<string, StoredVersion[]>) {
  const contents: Record<string, ChartContents> = {};
  let index = `{"apiVersion":"v1","entries":{\n`;
  for (const [chart, { versions, description }] of Object.entries(charts)) {
    const lines = (stored[chart] ?? [])
      .map(({ version, digest, path }) =>
        JSON.stringify({ name: chart, version, description, urls: [path], digest, apiVersion: "v2" }),
      )
      .join(",\n");
    index += `${Object.keys(contents).length > 0 ? ",\n" : ""}${JSON.stringify(chart)}:[\n`;
    contents[chart] = {
      offset: length(index),
      length: length(lines),
      versions: versions.length,
      newest: versions[0] ?? "",
      ...(description === undefined ? {} : { description }),
    };
    index += `${lines}\n]`;
  }
  return { index: `${index}\n}}\n`, contents };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}
