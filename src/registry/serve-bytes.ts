import { cachePolicy } from "../http/cache-policy.ts";
import { notModified } from "../http/preconditions.ts";
import { digestTag, repositoryTag } from "../storage/cache-tag.ts";

/** A document that is in memory, whole. */
export interface ServedBytes {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  /** Of the bytes: SHA-256 in lowercase hexadecimal. */
  digest: string;
  policy: keyof typeof cachePolicy;
  /** Whose publications make a kept answer outdated. */
  repositories?: readonly string[];
  headers?: Record<string, string>;
}

/** 200 or, to who has it already, 304. Hono takes the body from an answer to HEAD and leaves the rest. */
export function serveBytes(
  request: Request,
  { bytes, type, digest, policy, repositories = [], headers: more = {} }: ServedBytes,
): Response {
  const etag = `"${digest}"`;
  const headers = new Headers({ ...more, ETag: etag, "Cache-Control": cachePolicy[policy] });
  const tags = [...repositories.map(repositoryTag), ...(policy === "byDigest" ? [digestTag(digest)] : [])];
  if (tags.length > 0) headers.set("Cache-Tag", tags.join(","));
  if (notModified(request.headers, { etag })) return new Response(null, { status: 304, headers });
  headers.set("Content-Type", type);
  headers.set("Content-Length", String(bytes.byteLength));
  return new Response(bytes, { headers });
}
