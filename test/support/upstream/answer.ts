import { gzipSync } from "node:zlib";
import type { SiteFile } from "./site.ts";

/** A whole HTTP answer, before any fault spoils it. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

export interface AnswerRequest {
  /** The decoded path. */
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

const contentTypes: readonly [ending: string, type: string][] = [
  [".yaml", "text/yaml; charset=utf-8"],
  [".yml", "text/yaml; charset=utf-8"],
  [".html", "text/html; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".tgz", "application/gzip"],
];

export const notFoundPage = `<!DOCTYPE html>
<html>
  <head><title>Page not found &middot; GitHub Pages</title></head>
  <body>
    <h1>404</h1>
    <p><strong>File not found</strong></p>
    <p>The site configured at this address does not contain the requested file.</p>
  </body>
</html>
`;

/**
 * What GitHub Pages says: validators and conditional requests (RFC 9110 section 13), gzip for text when
 * asked for, an HTML page for what does not exist.
 */
export function pagesAnswer(request: AnswerRequest, file: SiteFile | undefined): Answer {
  if (file === undefined) return htmlAnswer(404, notFoundPage);
  const headers: Record<string, string> = {
    server: "GitHub.com",
    "access-control-allow-origin": "*",
    "cache-control": "max-age=600",
    etag: file.etag,
    "last-modified": file.lastModified.toUTCString(),
    vary: "Accept-Encoding",
  };
  if (isUnchanged(request, file)) return { status: 304, headers, body: new Uint8Array() };
  headers["content-type"] = contentType(request.path);
  const compress = isText(request.path) && /\bgzip\b/.test(one(request.headers["accept-encoding"]) ?? "");
  if (compress) Object.assign(headers, { "content-encoding": "gzip", etag: `W/${file.etag}` });
  const body = compress ? gzipSync(file.bytes, { level: 1 }) : file.bytes;
  headers["content-length"] = String(body.byteLength);
  return { status: 200, headers, body };
}

export function htmlAnswer(status: number, page: string): Answer {
  const body = new TextEncoder().encode(page);
  const headers = { "content-type": "text/html; charset=utf-8", "content-length": String(body.byteLength) };
  return { status, headers, body };
}

/** If-Modified-Since counts only where there is no If-None-Match (RFC 9110 section 13.1.3). */
function isUnchanged({ headers }: AnswerRequest, file: SiteFile): boolean {
  const tags = one(headers["if-none-match"]);
  if (tags !== undefined) {
    return tags.split(",").some((tag) => ["*", file.etag].includes(tag.trim().replace(/^W\//, "")));
  }
  const since = Date.parse(one(headers["if-modified-since"]) ?? "");
  return Math.floor(file.lastModified.getTime() / 1000) * 1000 <= since;
}

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(", ") : header;

const isText = (path: string): boolean => contentType(path).includes("charset");

const contentType = (path: string): string =>
  contentTypes.find(([ending]) => path.endsWith(ending))?.[1] ?? "application/octet-stream";
