import { upstreamIndexType } from "../http/content-types.ts";
import { sandboxed } from "../http/serve-object.ts";
import { serveBody, serveWithoutBody, type Representation } from "../http/serve-representation.ts";
import { noHttpSource, upstreamNotStored } from "../http/view-refusals.ts";
import { sha256 } from "../storage/archive-store.ts";
import type { ArchiveDescription } from "../storage/archives.ts";
import { upstreamIndexKey } from "../storage/keys.ts";
import type { Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";

/**
 * `/<repository>@upstream/index.yaml`: the index of the first HTTP source that has one in storage, byte for byte
 * as it came.
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
  const { headers, method } = request;
  if (method === "HEAD" || headers.has("if-none-match") || headers.has("if-modified-since")) {
    const found = await archives.describe(key);
    if (found === undefined) return undefined;
    const answer = serveWithoutBody(request, representationOf(repository, found));
    if (answer !== undefined) return answer;
  }
  const found = await archives.open(key);
  if (found?.kind !== "open") return undefined;
  return serveBody(representationOf(repository, found), { body: found.body });
}

function representationOf(
  repository: string,
  { size, etag, uploaded, metadata }: ArchiveDescription,
): Representation {
  const fetched = new Date(metadata["fetchedAt"] ?? "");
  return {
    repository,
    type: upstreamIndexType,
    policy: "index",
    etag: `"${etag}"`,
    lastModified: Number.isNaN(fetched.getTime()) ? uploaded : fetched,
    size,
    fields: sandboxed,
  };
}
