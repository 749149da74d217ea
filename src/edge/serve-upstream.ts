import { upstreamIndexType } from "../http/content-types.ts";
import { noHttpSource, upstreamNotStored } from "../http/view-refusals.ts";
import { sandboxed } from "../http/serve-object.ts";
import { serveBody, serveWithoutBody, type Representation } from "../http/serve-representation.ts";
import { sha256 } from "../storage/archive-store.ts";
import type { ArchiveDescription } from "../storage/archives.ts";
import { upstreamIndexKey } from "../storage/keys.ts";
import type { Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { formFor, type IndexForm } from "./index-form.ts";

/**
 * `/<repository>@upstream/index.yaml`: the index of the first HTTP source that has one in storage, byte for byte
 * as it came. It is stored compressed, and decompressed for who does not take that.
 *
 * @throws StorageUnavailable
 */
export async function serveUpstream(edge: Edge, request: Request, repository: string): Promise<Outcome> {
  const sources = edge.config.repositories[repository]?.sources ?? [];
  const urls = sources.flatMap((source) => (source.kind === "http" ? [source.url] : []));
  if (urls.length === 0) return noHttpSource(repository);
  for (const url of urls) {
    const key = upstreamIndexKey(repository, await sha256(new Uint8Array(new TextEncoder().encode(url))));
    const served = await serveStored(edge, request, repository, key);
    if (served !== undefined) return served;
  }
  return upstreamNotStored(repository);
}

async function serveStored(
  { archives }: Edge,
  request: Request,
  repository: string,
  key: string,
): Promise<Response | undefined> {
  const form = formFor(request);
  const { headers, method } = request;
  if (method === "HEAD" || headers.has("if-none-match") || headers.has("if-modified-since")) {
    const found = await archives.describe(key);
    if (found === undefined) return undefined;
    const answer = serveWithoutBody(request, representationOf(repository, found, form));
    if (answer !== undefined) return answer;
  }
  const found = await archives.open(key);
  if (found?.kind !== "open") return undefined;
  const representation = representationOf(repository, found, form);
  const body = form.coding === "gzip" ? found.body : decompressed(found.body, representation.size);
  return serveBody(representation, { body });
}

function representationOf(
  repository: string,
  { size, etag, uploaded, metadata }: ArchiveDescription,
  { coding, shared }: IndexForm,
): Representation {
  const fetched = new Date(metadata["fetchedAt"] ?? "");
  const bytes = metadata["bytes"] ?? "";
  return {
    repository,
    type: upstreamIndexType,
    policy: shared ? "index" : "indexForOne",
    etag: coding === "gzip" ? `"${etag}-gzip"` : `"${etag}"`,
    lastModified: Number.isNaN(fetched.getTime()) ? uploaded : fetched,
    size: coding === "gzip" ? size : /^\d{1,15}$/.test(bytes) ? Number(bytes) : undefined,
    coding,
    fields: sandboxed,
  };
}

function decompressed(
  body: ReadableStream<Uint8Array>,
  size: number | undefined,
): ReadableStream<Uint8Array> {
  const whole = body.pipeThrough(new DecompressionStream("gzip"));
  return size === undefined ? whole : whole.pipeThrough(new FixedLengthStream(size));
}
