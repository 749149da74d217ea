import type { Contents } from "../../src/storage/contents.ts";
import type { Head } from "../../src/storage/head.ts";
import {
  archiveKey,
  headKey,
  ociManifestKey,
  revisionKey,
  type RevisionDocument,
} from "../../src/storage/keys.ts";
import type { RegistryLine } from "../../src/storage/registry-lines.ts";

/**
 * The reads of each answer and next to nothing else: no routes, no failover, no cache policy, no errors.
 *
 * @param path `<what>/<repository>/…`, as split at its slashes
 */
export async function bareAnswer(env: Env, path: readonly string[]): Promise<Response> {
  const [what = "", name = "", chart = "", tag = ""] = path;
  if (what === "archive") return bodyOf(await env.BUCKET.get(archiveKey(name)));
  const head = await env.KV.get<Head>(headKey(name), { type: "json", cacheTtl: 30 });
  if (head === null) return absent();
  const etag = `"${head.revision}"`;
  switch (what) {
    case "unchanged":
      return new Response(null, { status: 304, headers: { etag } });
    case "index":
      return await bareDocument(env, name, head, "index.json", head.bytes);
    case "latest":
      return await bareDocument(env, name, head, "latest.json", head.latestBytes);
    case "chart":
      return await bareChart(env, name, head, chart);
    case "manifest":
      return await bareManifest(env, name, head, chart, tag);
    default:
      return absent();
  }
}

async function bareDocument(
  env: Env,
  repository: string,
  head: Head,
  document: RevisionDocument,
  size: number,
): Promise<Response> {
  const key = revisionKey(repository, head.revision, document);
  const body = await env.KV.get(key, { type: "stream", cacheTtl: 3600 });
  if (body === null) return absent();
  const { readable, writable } = new FixedLengthStream(size);
  void body.pipeTo(writable);
  return new Response(readable, { headers: { etag: `"${head.revision}"` } });
}

/** One chart's lines are a range of the index. */
async function bareChart(env: Env, repository: string, head: Head, chart: string): Promise<Response> {
  const found = (await contentsOf(env, repository, head))?.charts[chart];
  if (found === undefined) return absent();
  const { offset, length } = found;
  return bodyOf(await rangeOf(env, repository, head, "index.json", { offset, length }));
}

/** The chart's lines for registries say where the tag leads: to a manifest that is stored, or to a line of the index. */
async function bareManifest(
  env: Env,
  repository: string,
  head: Head,
  chart: string,
  tag: string,
): Promise<Response> {
  const found = (await contentsOf(env, repository, head))?.charts[chart];
  if (found === undefined) return absent();
  const lines = await rangeOf(env, repository, head, "registry.txt", found.registry);
  const line = lines === null ? undefined : versionIn(await lines.text(), tag);
  if (line === undefined) return absent();
  if (line.original !== undefined) return bodyOf(await env.BUCKET.get(ociManifestKey(line.original)));
  return bodyOf(await rangeOf(env, repository, head, "index.json", line.line));
}

function versionIn(text: string, tag: string) {
  const lines: RegistryLine[] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return lines.filter((line) => line.kind === "version").find((line) => line.tag === tag);
}

/** Of a revision, which never changes: kept, as the mirror does. */
const contents = new Map<string, Contents>();

async function contentsOf(env: Env, repository: string, head: Head): Promise<Contents | null> {
  const key = revisionKey(repository, head.revision, "contents.json");
  const found = contents.get(key) ?? (await env.KV.get<Contents>(key, { type: "json", cacheTtl: 3600 }));
  if (found !== null) contents.set(key, found);
  return found;
}

async function rangeOf(
  env: Env,
  repository: string,
  head: Head,
  document: RevisionDocument,
  range: { offset: number; length: number },
): Promise<R2ObjectBody | null> {
  return await env.BUCKET.get(revisionKey(repository, head.revision, document), { range });
}

const bodyOf = (object: R2ObjectBody | null): Response =>
  object === null ? absent() : new Response(object.body, { headers: { etag: object.httpEtag } });

const absent = (): Response => new Response(null, { status: 404 });
