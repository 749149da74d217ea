import { repositoryTag } from "../storage/cache-tag.ts";
import { cachePolicy } from "./cache-policy.ts";
import { notModified, type Validators } from "./preconditions.ts";

/** Something that a repository's revisions or sources say, in one of its forms; nothing of it is read yet. */
export interface Representation extends Validators {
  repository: string;
  type: string;
  policy: keyof typeof cachePolicy;
  /** Bytes, where they are known without reading. */
  size?: number | undefined;
  /** Of the stored bytes, which are then sent as they are. */
  coding?: "gzip" | "identity";
  /** Whether it may have been removed since it was written down that it is there: then only opening it tells. */
  mayBeGone?: boolean;
  /** More header fields, of every answer. */
  fields?: Readonly<Record<string, string>>;
}

export interface SentBody {
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>;
  /** Bytes, where they are known without reading. */
  size?: number;
}

/**
 * Serves a representation; its body is opened for a GET by somebody who does not have it yet, and only then. One
 * that may be gone is opened for everybody: HEAD says what GET says, and a condition counts only where there is
 * something to answer with (RFC 9110, section 13.2.1).
 *
 * @param open `undefined` where what it is made of is missing
 */
export async function serveRepresentation(
  request: Request,
  representation: Representation,
  open: () => Promise<SentBody | undefined>,
): Promise<Response | undefined> {
  const withoutBody = serveWithoutBody(request, representation);
  if (withoutBody !== undefined && representation.mayBeGone !== true) return withoutBody;
  const document = await open();
  if (document === undefined || withoutBody === undefined) {
    return document && serveBody(representation, document);
  }
  if (document.body instanceof ReadableStream) await document.body.cancel();
  return withoutBody;
}

/** 304, or the answer to HEAD; `undefined` where a body is wanted. */
export function serveWithoutBody(request: Request, representation: Representation): Response | undefined {
  if (notModified(request.headers, representation)) {
    return new Response(null, { status: 304, headers: headersOf(representation) });
  }
  return request.method === "HEAD" ? wholeAnswer(null, representation, representation.size) : undefined;
}

export const serveBody = (representation: Representation, { body, size }: SentBody): Response =>
  wholeAnswer(body, representation, size ?? representation.size);

/**
 * `encodeBody: "manual"`: what has a coding is stored with it. The bodies of KV and R2 know their length; a
 * FixedLengthStream around them would say it once more, for a fifth of the CPU time of the whole request.
 */
function wholeAnswer(
  body: SentBody["body"] | null,
  representation: Representation,
  size: number | undefined,
): Response {
  const headers = headersOf(representation);
  if (size !== undefined) headers.set("Content-Length", String(size));
  if (representation.coding === "gzip") headers.set("Content-Encoding", "gzip");
  return new Response(body, { headers, encodeBody: "manual" });
}

function headersOf({
  repository,
  type,
  policy,
  etag,
  lastModified,
  coding,
  fields,
}: Representation): Headers {
  const headers = new Headers({
    "Content-Type": type,
    ETag: etag,
    "Cache-Control": cachePolicy[policy],
    "Cache-Tag": repositoryTag(repository),
    ...fields,
  });
  if (coding !== undefined) headers.set("Vary", "Accept-Encoding");
  if (lastModified !== undefined) headers.set("Last-Modified", lastModified.toUTCString());
  return headers;
}
