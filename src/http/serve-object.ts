import type { ArchiveDescription, ArchiveReader, OpenArchive } from "../storage/archives.ts";
import { digestTag, repositoryTag } from "../storage/cache-tag.ts";
import type { ByteRange } from "../storage/documents.ts";
import { requestedRange } from "./byte-range.ts";
import { cachePolicy } from "./cache-policy.ts";
import { refuse } from "./errors.ts";
import { namesTag, notModified } from "./preconditions.ts";
import { rangeNotSatisfiable } from "./refusals.ts";
import type { ServedObject } from "./served-object.ts";

/**
 * Serves an object with one storage read: its body, or only a description of it for HEAD and for a client
 * that has it already. Conditions come before ranges (RFC 9110, section 13.2.2).
 *
 * @returns `undefined` where there is no such object
 * @throws StorageUnavailable
 */
export async function serveObject(
  archives: ArchiveReader,
  request: Request,
  object: ServedObject,
): Promise<Response | undefined> {
  if (request.method === "HEAD" || mayBeUnchanged(request, object)) {
    const found = await archives.describe(object.key);
    if (found === undefined) return undefined;
    const unchanged = notModifiedAnswer(request, object, found);
    if (unchanged !== undefined) return unchanged;
    if (request.method === "HEAD") return wholeAnswer(object, found, null);
  }
  const { digest } = object;
  const range = digest === undefined ? undefined : requestedRange(request.headers, `"${digest}"`);
  const found = await archives.open(object.key, range);
  if (found?.kind === "unsatisfiable") return refuse(request, rangeNotSatisfiable(found.size));
  return (
    found && (found.range ? partAnswer(object, found, found.range) : wholeAnswer(object, found, found.body))
  );
}

/** Whether a description may save the body. An archive's tag is known beforehand: another one needs no look. */
function mayBeUnchanged({ headers }: Request, { digest }: ServedObject): boolean {
  const known = headers.get("if-none-match");
  if (known === null) return headers.has("if-modified-since");
  return digest === undefined || namesTag(known, `"${digest}"`);
}

function notModifiedAnswer(
  { headers }: Request,
  object: ServedObject,
  found: ArchiveDescription,
): Response | undefined {
  const validators = { etag: etagOf(object, found), lastModified: found.uploaded };
  if (!notModified(headers, validators)) return undefined;
  const answer = headersOf(object, found);
  answer.delete("Content-Type");
  return new Response(null, { status: 304, headers: answer });
}

function wholeAnswer(
  object: ServedObject,
  found: ArchiveDescription,
  body: OpenArchive["body"] | null,
): Response {
  const headers = headersOf(object, found);
  headers.set("Content-Length", String(found.size));
  return new Response(body, { headers });
}

function partAnswer(object: ServedObject, { body, ...found }: OpenArchive, range: ByteRange): Response {
  const { offset, length } = range;
  const headers = headersOf(object, found);
  headers.set("Content-Range", `bytes ${offset}-${offset + length - 1}/${found.size}`);
  headers.set("Content-Length", String(length));
  return new Response(body, { status: 206, headers });
}

/** Text of somebody else's, on this origin: should a browser ever render it, then without any rights. */
export const sandboxed = { "Content-Security-Policy": "default-src 'none'; sandbox" } as const;

const etagOf = ({ digest }: ServedObject, { etag }: ArchiveDescription): string => `"${digest ?? etag}"`;

function headersOf(object: ServedObject, found: ArchiveDescription): Headers {
  const headers = new Headers({
    "Content-Type": object.type,
    ETag: etagOf(object, found),
    "Last-Modified": found.uploaded.toUTCString(),
    "Cache-Control": cachePolicy[object.policy],
  });
  if (object.policy === "file") {
    for (const [name, value] of Object.entries(sandboxed)) headers.set(name, value);
  }
  if (object.digest !== undefined) headers.set("Accept-Ranges", "bytes");
  const tags = [
    ...(object.repository === undefined ? [] : [repositoryTag(object.repository)]),
    ...(object.withdrawnWith === undefined ? [] : [digestTag(object.withdrawnWith)]),
  ];
  if (tags.length > 0) headers.set("Cache-Tag", tags.join(","));
  return headers;
}
