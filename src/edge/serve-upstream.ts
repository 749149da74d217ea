import { upstreamIndexType } from "../http/content-types.ts";
import type { Refusal } from "../http/refusals.ts";
import { sandboxed } from "../http/serve-object.ts";
import { serveBody, serveWithoutBody, type Representation } from "../http/serve-representation.ts";
import { noHttpSource, otherUpstream, upstreamNotStored } from "../http/view-refusals.ts";
import type { ArchiveDescription } from "../storage/archives.ts";
import { keyOfUpstreamIndex } from "../storage/upstream-index.ts";
import type { Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { mayList } from "./upstream-lists.ts";

/**
 * `/<repository>@upstream/index.yaml`: the index of the first HTTP source that has one in storage, byte for byte
 * as it came.
 *
 * @throws StorageUnavailable
 */
export async function serveUpstream(edge: Edge, request: Request, repository: string): Promise<Outcome> {
  return fromUpstreamIndex(edge, repository, (key) => serveStored(edge, request, repository, key));
}

/**
 * Why an archive is not what `@upstream` lists under its name: a version that was released again keeps here the
 * bytes that were listed first, and Helm keeps what it gets under the digest that an index lists. `undefined`
 * where nothing speaks against it.
 *
 * @throws StorageUnavailable
 */
export async function refusalByUpstream(
  edge: Edge,
  repository: string,
  { file, digest }: { file: string; digest: string },
): Promise<Refusal | undefined> {
  const listed = await fromUpstreamIndex(edge, repository, async (key) => {
    const found = await edge.archives.open(key);
    return found?.kind === "open" ? { isListed: await mayList(found, digest) } : undefined;
  });
  if (!("isListed" in listed)) return listed;
  return listed.isListed ? undefined : otherUpstream(repository, file, digest);
}

/** What the first HTTP source gives that has an index in storage. */
async function fromUpstreamIndex<T>(
  { config }: Edge,
  repository: string,
  attempt: (key: string) => Promise<T | undefined>,
): Promise<T | Refusal> {
  const sources = config.repositories[repository]?.sources ?? [];
  const urls = sources.flatMap((source) => (source.kind === "http" ? [source.url] : []));
  if (urls.length === 0) return noHttpSource(repository);
  for (const url of urls) {
    const key = await keyOfUpstreamIndex(repository, url);
    const found = await attempt(key);
    if (found !== undefined) return found;
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
