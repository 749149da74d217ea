import type { ArchiveRange } from "../storage/archives.ts";

/**
 * The range that a request means, or `undefined` for the whole: nothing asked, several ranges, another unit,
 * something malformed (RFC 9110, section 14.2, lets a server ignore each), or an If-Range that is not this
 * entity tag. A date in If-Range is never precise enough here, so it gets the whole as well.
 *
 * @param etag as it is sent, quotes included
 */
export function requestedRange(headers: Headers, etag: string): ArchiveRange | undefined {
  const condition = headers.get("if-range");
  if (condition !== null && condition.trim() !== etag) return undefined;
  // Fifteen digits stay exact as a number, and no object is nearly as large.
  const match = /^bytes=\s*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))\s*$/i.exec(headers.get("range") ?? "");
  if (match === null) return undefined;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) return { suffix: Number(suffix) };
  const offset = Number(first);
  if (last === undefined) return { offset };
  return Number(last) < offset ? undefined : { offset, length: Number(last) - offset + 1 };
}
