import type { IncomingHttpHeaders } from "node:http";

export type RequestKind =
  "tags" | "manifest" | "blob" | "token" | "referrers" | "catalog" | "ping" | "upload" | "storage" | "other";

export interface Route {
  kind: RequestKind;
  /** Empty where the request is about none. */
  repository: string;
  /** Tag, digest or number of an upload. */
  reference: string;
}

/** One request, read to its end. */
export interface Ask {
  method: string;
  url: URL;
  route: Route;
  headers: IncomingHttpHeaders;
  body: Uint8Array;
}

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const name = `(?<repository>${component}(?:/${component})*)`;

/** The first that matches counts: an upload would do as a blob. */
const patterns: readonly [RequestKind, RegExp][] = [
  ["ping", /^v2\/?$/],
  ["catalog", /^v2\/_catalog$/],
  ["tags", new RegExp(`^v2/${name}/tags/list$`)],
  ["manifest", new RegExp(`^v2/${name}/manifests/(?<reference>[^/]+)$`)],
  ["upload", new RegExp(`^v2/${name}/blobs/uploads/(?<reference>[^/]*)$`)],
  ["blob", new RegExp(`^v2/${name}/blobs/(?<reference>[^/]+)$`)],
  ["referrers", new RegExp(`^v2/${name}/referrers/(?<reference>[^/]+)$`)],
  ["token", /^token$/],
  ["storage", /^storage\/(?<reference>[^/]+)$/],
];

/** @param path decoded, without its leading slash */
export function routeOf(path: string): Route {
  for (const [kind, pattern] of patterns) {
    const found = pattern.exec(path);
    if (found === null) continue;
    return {
      kind,
      repository: found.groups?.["repository"] ?? "",
      reference: found.groups?.["reference"] ?? "",
    };
  }
  return { kind: "other", repository: "", reference: "" };
}
