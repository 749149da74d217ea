export interface Validators {
  /** As it is sent, quotes included. */
  etag: string;
  lastModified?: Date | undefined;
}

/**
 * Whether the client already has this representation: If-None-Match, and If-Modified-Since only where there
 * is none (RFC 9110, section 13.2.2).
 */
export function notModified(headers: Headers, { etag, lastModified }: Validators): boolean {
  const known = headers.get("if-none-match");
  if (known !== null) return namesTag(known, etag);
  const since = headers.get("if-modified-since");
  if (since === null || lastModified === undefined) return false;
  // HTTP dates have no fractions of a second. A date that is none gives NaN, and NaN compares as false.
  return Math.floor(lastModified.getTime() / 1000) <= Date.parse(since) / 1000;
}

/**
 * Weak comparison (RFC 9110, section 13.1.2): Cloudflare makes a strong tag weak when it compresses the
 * answer, and the client sends that one back.
 */
export function namesTag(list: string, etag: string): boolean {
  if (list.trim() === "*") return true;
  return list.matchAll(/"[^"]*"/g).some(([tag]) => tag === etag);
}
