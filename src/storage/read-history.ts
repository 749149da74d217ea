import type { Documents } from "./current-revision.ts";
import type { History } from "./history.ts";
import { historyKey } from "./keys.ts";
import { StorageUnavailable } from "./storage-unavailable.ts";
import { parseHistory } from "./stored-json.ts";

/**
 * Which revisions of a repository are kept, with the document's own text; `undefined` where there is none yet.
 *
 * @throws StorageUnavailable, also where the document cannot be read as one
 */
export async function readHistory(
  { origin }: Pick<Documents, "origin">,
  repository: string,
): Promise<{ history: History; text: string } | undefined> {
  const text = await origin.text(historyKey(repository));
  if (text === undefined) return undefined;
  const history = parseHistory(text);
  if (history === undefined) throw new StorageUnavailable(`The history of ${repository} cannot be read.`);
  return { history, text };
}
