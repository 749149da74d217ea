import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { type RequestKind, type Route, routeOf } from "./route.ts";

export interface RegistryRequest {
  method: string;
  kind: RequestKind;
  /** Empty where the request is about none. */
  repository: string;
  /** Tag, digest or number of an upload. */
  reference: string;
  /** As it was written, query included. */
  target: string;
  /** Decoded, without its leading slash. */
  path: string;
  query: Readonly<Record<string, string>>;
  headers: IncomingHttpHeaders;
  /** Whether it came with an Authorization header, whatever that was worth. */
  authorized: boolean;
  /** Milliseconds since 1970. */
  at: number;
  /** 0 until headers were sent. */
  readonly status: number;
}

/** @param origin of the server that the request reached */
export function recordOf(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): { record: RegistryRequest; url: URL; route: Route } {
  const target = request.url ?? "/";
  const url = new URL(`${origin}${target}`);
  const path = decodePath(url.pathname).slice(1);
  const route = routeOf(path);
  const record = {
    method: request.method ?? "",
    ...route,
    target,
    path,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    authorized: request.headers.authorization !== undefined,
    at: Date.now(),
    get status() {
      return response.headersSent ? response.statusCode : 0;
    },
  };
  return { record, url, route };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // what is no escape stands for itself
  }
}
