import type { Answer } from "../upstream/answer.ts";
import type { Fault } from "../upstream/faults.ts";

/** The specification's codes (and those of Distribution), each with its status and what Distribution says. */
const errors = {
  BLOB_UNKNOWN: [404, "blob unknown to registry"],
  BLOB_UPLOAD_INVALID: [400, "blob upload invalid"],
  BLOB_UPLOAD_UNKNOWN: [404, "blob upload unknown to registry"],
  DENIED: [403, "requested access to the resource is denied"],
  DIGEST_INVALID: [400, "provided digest did not match uploaded content"],
  MANIFEST_BLOB_UNKNOWN: [404, "blob unknown to registry"],
  MANIFEST_INVALID: [400, "manifest invalid"],
  MANIFEST_UNKNOWN: [404, "manifest unknown"],
  NAME_INVALID: [400, "invalid repository name"],
  NAME_UNKNOWN: [404, "repository name not known to registry"],
  PAGINATION_NUMBER_INVALID: [400, "invalid number of results requested"],
  TOOMANYREQUESTS: [429, "too many requests"],
  UNAUTHORIZED: [401, "authentication required"],
  UNSUPPORTED: [405, "the operation is unsupported"],
} as const;

export type ErrorCode = keyof typeof errors;

interface ErrorDetails {
  status?: number;
  message?: string;
  headers?: Record<string, string>;
}

export function errorAnswer(code: ErrorCode, details: ErrorDetails = {}): Answer {
  const [status, message] = errors[code];
  const body = { errors: [{ code, message: details.message ?? message }] };
  return jsonAnswer(body, details.status ?? status, details.headers);
}

export function jsonAnswer(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const own = {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(body.byteLength),
  };
  return { status, headers: { ...own, ...headers }, body };
}

export function emptyAnswer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-length": "0", ...headers }, body: new Uint8Array() };
}

/** An error as a registry words it, where the faults of a web server would answer with a page. */
export const refused =
  (code: ErrorCode, headers: Record<string, string> = {}): Fault =>
  ({ send }) =>
    send(errorAnswer(code, { headers }));
