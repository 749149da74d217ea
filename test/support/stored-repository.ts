import { versionRanks } from "../../src/helm/version-ranks.ts";
import { tagOfVersion } from "../../src/oci/reference.ts";
import { synthesise } from "../../src/oci/synthesise.ts";
import { sha256 } from "../../src/storage/archive-store.ts";
import type { ChartContents } from "../../src/storage/contents.ts";
import type { Head } from "../../src/storage/head.ts";
import type { History } from "../../src/storage/history.ts";
import {
  archiveKey,
  headKey,
  historyKey,
  provenanceKey,
  revisionKey,
  type RevisionDocument,
} from "../../src/storage/keys.ts";
import { mostNewest, rankMark } from "../../src/storage/newest.ts";
import type { KeptManifest, RegistryLine, Sized } from "../../src/storage/registry-lines.ts";

export interface StoredVersion {
  version: string;
  /** The archive's bytes; not a real archive, the reading side never looks inside. */
  archive: Uint8Array<ArrayBuffer>;
  digest: string;
  /** Below the repository, as the index lists it. */
  path: string;
  /** Its line in the index. */
  line: string;
  provenance?: Sized;
  original?: string;
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
  /** Version → digest of the manifest with which it came from a registry. */
  originals?: Record<string, string>;
  kept?: KeptManifest[];
}

/** Stores a published revision, the way the Keeper leaves it behind, so that the reading side can be tested alone. */
export async function storeRepository(
  stores: Stores,
  name: string,
  charts: Record<string, ChartToStore>,
  revision = "0123456789abcdef0123456789abcdef",
  publishedAt = "2026-11-20T10:11:12.345Z",
): Promise<StoredRepository> {
  const stored: Record<string, StoredVersion[]> = {};
  for (const [chart, wanted] of Object.entries(charts)) {
    stored[chart] = await Promise.all(
      wanted.versions.map((version) => storeVersion(stores, name, chart, version, wanted)),
    );
  }
  const { index, contents, registry } = await layOut(charts, stored);
  const latest = indexOf(newest(stored, 1));
  const documents: Record<RevisionDocument, string | Uint8Array> = {
    "index.json": index,
    "index.json.gz": await gzip(index),
    "latest.json": latest,
    "latest.json.gz": await gzip(latest),
    "newest.txt": newestText(stored),
    "contents.json": JSON.stringify({ charts: contents }),
    "registry.txt": registry,
  };
  const head: Head = {
    revision,
    publishedAt,
    bytes: length(documents["index.json"]),
    gzipBytes: length(documents["index.json.gz"]),
    latestBytes: length(documents["latest.json"]),
    latestGzipBytes: length(documents["latest.json.gz"]),
    charts: Object.keys(charts).length,
    versions: Object.values(stored).flat().length,
  };
  for (const [document, value] of Object.entries(documents)) {
    const key = `${revisionKey(name, revision, "index.json").slice(0, -"index.json".length)}${document}`;
    await stores.bucket.put(key, value);
    if (document !== "newest.txt" && document !== "registry.txt") await stores.kv.put(key, value);
  }
  for (const store of [stores.bucket, stores.kv]) await store.put(headKey(name), JSON.stringify(head));
  return { head, index, charts: stored };
}

/** Which revisions are kept; the current one first. */
export async function storeHistory(
  bucket: Pick<R2Bucket, "put">,
  name: string,
  revisions: readonly StoredRepository[],
): Promise<History> {
  const none = { count: 0, versions: [] };
  const history: History = {
    revisions: revisions.map(({ head: { latestBytes: _a, latestGzipBytes: _b, ...head } }, index) => ({
      ...head,
      supersededAt: revisions[index - 1]?.head.publishedAt ?? null,
      added: none,
      changed: none,
      hidden: none,
    })),
  };
  await bucket.put(historyKey(name), JSON.stringify(history));
  return history;
}

export const provenanceOf = (chart: string, version: string): string =>
  `-----BEGIN PGP SIGNED MESSAGE-----\n${chart} ${version}\n-----BEGIN PGP SIGNATURE-----\n`;

async function storeVersion(
  { bucket }: Stores,
  name: string,
  chart: string,
  version: string,
  { description, signed, originals }: ChartToStore,
): Promise<StoredVersion> {
  const archive = encode(`the archive of ${chart} ${version}\n`.repeat(20));
  const digest = await sha256(archive);
  await bucket.put(archiveKey(digest), archive, { sha256: digest });
  const file = encodeURIComponent(`${chart}-${version}.tgz`).replaceAll("%2B", "+");
  const path = `charts/${digest}/${file}`;
  const line = JSON.stringify({ name: chart, version, description, apiVersion: "v2", urls: [path], digest });
  const original = originals?.[version];
  const stored = { version, archive, digest, path, line, ...(original === undefined ? {} : { original }) };
  if (signed?.includes(version) !== true) return stored;
  const provenance = encode(provenanceOf(chart, version));
  await bucket.put(provenanceKey(name, digest), provenance);
  return { ...stored, provenance: { digest: await sha256(provenance), size: provenance.byteLength } };
}

async function layOut(charts: Record<string, ChartToStore>, stored: Record<string, StoredVersion[]>) {
  const contents: Record<string, ChartContents> = {};
  let index = `{"apiVersion":"v1","entries":{\n`;
  let registry = "";
  for (const [chart, { versions, description, kept = [] }] of Object.entries(charts)) {
    index += `${Object.keys(contents).length > 0 ? ",\n" : ""}${JSON.stringify(chart)}:[\n`;
    const offset = length(index);
    const begin = length(registry);
    for (const [at, version] of (stored[chart] ?? []).entries()) {
      if (at > 0) index += ",\n";
      registry += `${JSON.stringify(await registryLine(version, length(index)))}\n`;
      index += version.line;
    }
    registry += kept.map((line) => `${JSON.stringify(line)}\n`).join("");
    const lines = new TextEncoder().encode(index).subarray(offset);
    contents[chart] = {
      offset,
      length: lines.byteLength,
      etag: (await sha256(new Uint8Array(lines))).slice(0, 32),
      registry: { offset: begin, length: length(registry) - begin },
      versions: versions.length,
      newest: versions[0] ?? "",
      ...(description === undefined ? {} : { description }),
    };
    index += "\n]";
  }
  return { index: `${index}\n}}\n`, contents, registry };
}

async function registryLine(version: StoredVersion, offset: number): Promise<RegistryLine> {
  const archive = { digest: version.digest, size: version.archive.byteLength };
  const line = encode(version.line);
  const plain = await synthesise(line, archive);
  const signed = version.provenance && (await synthesise(line, archive, version.provenance));
  if (plain === undefined) throw new Error("the line is no JSON");
  return {
    kind: "version",
    tag: tagOfVersion(version.version),
    archive,
    line: { offset, length: line.byteLength },
    ...(version.original === undefined ? {} : { original: version.original }),
    synthetic: {
      manifest: (signed ?? plain).manifest.digest,
      config: plain.config.digest,
      ...(version.provenance === undefined
        ? {}
        : { provenance: version.provenance, withoutProvenance: plain.manifest.digest }),
    },
  };
}

/** Lines by chart, as a view with so many of every kind holds them. */
function newest(stored: Record<string, StoredVersion[]>, count: number): [string, string[]][] {
  return Object.entries(stored).map(([chart, versions]) => {
    const rankOf = versionRanks();
    return [
      chart,
      versions.flatMap(({ version, line }) =>
        (rankOf(version) ?? Number.POSITIVE_INFINITY) <= count ? [line] : [],
      ),
    ];
  });
}

const indexOf = (charts: readonly [string, string[]][]): string =>
  `{"apiVersion":"v1","entries":{\n${charts
    .map(([chart, lines]) => `${JSON.stringify(chart)}:[\n${lines.join(",\n")}\n]`)
    .join(",\n")}\n}}\n`;

function newestText(stored: Record<string, StoredVersion[]>): string {
  let text = "";
  for (const [chart, versions] of Object.entries(stored)) {
    const rankOf = versionRanks();
    text += `0${JSON.stringify(chart)}\n`;
    for (const { version, line } of versions) {
      const rank = rankOf(version);
      if (rank !== undefined && rank <= mostNewest) text += `${rankMark(rank)}${line}\n`;
    }
  }
  return text;
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

const length = (content: string | Uint8Array): number =>
  typeof content === "string" ? encode(content).byteLength : content.byteLength;

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
