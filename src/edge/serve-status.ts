import { cachePolicy } from "../http/cache-policy.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { readStatus, statusToShow } from "./read-status.ts";
import { wholeResponse } from "../http/whole-response.ts";

/** `{"repositories": {<name>: RepositoryStatus}}` of every configured repository. */
export async function serveStatus({
  config,
  documents,
}: Pick<EdgeParts, "config" | "documents">): Promise<Response> {
  const repositories = await Promise.all(
    Object.entries(config.repositories).map(
      async ([name, repository]) =>
        [name, statusToShow(await readStatus(documents, name), repository)] as const,
    ),
  );
  const text = JSON.stringify({ repositories: Object.fromEntries(repositories) });
  return wholeResponse(`${text}\n`, 200, {
    "Content-Type": "application/json",
    "Cache-Control": cachePolicy.status,
  });
}
