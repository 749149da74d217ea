import { notPublishedYet } from "../http/refusals.ts";
import { serveBody, serveWithoutBody } from "../http/serve-representation.ts";
import { sha256 } from "../storage/archive-store.ts";
import { readHead } from "../storage/current-revision.ts";
import { readHistory } from "../storage/read-history.ts";
import type { Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";

/**
 * `/<repository>/history.json`: which revisions are kept, as it is stored.
 *
 * @throws StorageUnavailable
 */
export async function serveHistory(
  { documents }: Edge,
  request: Request,
  repository: string,
): Promise<Outcome> {
  const stored = await readHistory(documents, repository);
  const isPublished = stored !== undefined || (await readHead(documents, repository)) !== undefined;
  if (!isPublished) return notPublishedYet(repository);
  const text = stored?.text ?? '{"revisions":[]}';
  const bytes = new Uint8Array(new TextEncoder().encode(text));
  const representation = {
    repository,
    type: "application/json",
    policy: "index",
    etag: `"${(await sha256(bytes)).slice(0, 32)}"`,
    size: bytes.byteLength,
  } as const;
  const body = new Blob([bytes]).stream();
  return serveWithoutBody(request, representation) ?? serveBody(representation, { body });
}
