import type { DocumentReader, OpenDocument } from "./documents.ts";
import type { Head } from "./head.ts";
import { headKey } from "./keys.ts";
import { StorageUnavailable } from "./storage-unavailable.ts";
import { parseHead } from "./stored-json.ts";

/** The same documents in two orders. */
export interface Documents {
  /** The nearest store first: fast, and up to a minute behind. */
  near: DocumentReader;
  /** The store that is never behind first, and the one that reads ranges for what they are. */
  origin: DocumentReader;
}

/**
 * Which revision is current; `undefined` before the first publication. What lies near and cannot be read as
 * a head is passed over.
 *
 * @throws StorageUnavailable
 */
export async function readHead({ near, origin }: Documents, repository: string): Promise<Head | undefined> {
  const text = await near.text(headKey(repository));
  if (text === undefined) return undefined;
  return parseHead(text) ?? readOriginHead(origin, repository);
}

/**
 * The head as the store has it that is never behind.
 *
 * @throws StorageUnavailable
 */
export async function readOriginHead(origin: DocumentReader, repository: string): Promise<Head | undefined> {
  const text = await origin.text(headKey(repository));
  if (text === undefined) return undefined;
  const head = parseHead(text);
  if (head === undefined) throw new StorageUnavailable(`The head of ${repository} cannot be read.`);
  return head;
}

/**
 * Reads something of the current revision. The head may come from a KV that fell behind for so long that its
 * revision is history and collected: then the origin knows the current one.
 *
 * @param attempt `undefined`: a document of this revision is missing
 * @throws StorageUnavailable where even the current revision lacks it
 */
export async function fromCurrentRevision<T>(
  { origin }: Pick<Documents, "origin">,
  repository: string,
  head: Head,
  attempt: (head: Head) => Promise<T | undefined>,
): Promise<T> {
  const found = await attempt(head);
  if (found !== undefined) return found;
  const current = await readOriginHead(origin, repository);
  const again = current && (await attempt(current));
  if (again === undefined) {
    throw new StorageUnavailable(`A document of the current revision of ${repository} is missing.`);
  }
  return again;
}

/** @throws StorageUnavailable when the store breaks off */
export async function readText({ body }: OpenDocument): Promise<string> {
  try {
    return await new Response(body).text();
  } catch (cause) {
    throw new StorageUnavailable("A document broke off while it was read.", { cause });
  }
}
