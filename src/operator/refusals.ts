import { closestNames } from "../http/closest-names.ts";
import { listed, quote } from "../http/refusals.ts";
import { operations } from "./operations.ts";

/** Everything but success: what, where, and what to do. */
export interface OperatorRefusal {
  status: 400 | 401 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 503;
  code: string;
  /** For people, in sentences. */
  message: string;
  headers?: Record<string, string>;
}

/** Seconds: the period of the limit in wrangler.toml. */
const limitPeriod = 60;

export const tooManyRequests = (): OperatorRefusal => ({
  status: 429,
  code: "rate-limited",
  message: "Too many requests from this address. Please wait a minute.",
  headers: { "Retry-After": String(limitPeriod) },
});

export const unauthorized = (): OperatorRefusal => ({
  status: 401,
  code: "unauthorized",
  message: "This needs the operator's token: Authorization: Bearer <token>.",
  headers: { "WWW-Authenticate": 'Bearer realm="chartkeep"' },
});

export const unknownRoute = (): OperatorRefusal => ({
  status: 404,
  code: "unknown-path",
  message: "There are /-/audit, /-/repositories/<repository> and /-/repositories/<repository>/<action>.",
});

export function unknownAction(action: string): OperatorRefusal {
  const names = Object.keys(operations);
  const close = closestNames(action, names, 3);
  const hint = close.length > 0 ? `Did you mean ${listed(close, 3)}?` : `There are ${listed(names, 20)}.`;
  return { status: 404, code: "unknown-action", message: `There is no action ${quote(action)}. ${hint}` };
}

export const wrongMethod = (allowed: string): OperatorRefusal => ({
  status: 405,
  code: "method-not-allowed",
  message: `This takes ${allowed}.`,
  headers: { Allow: allowed },
});

export const notJson = (): OperatorRefusal => ({
  status: 415,
  code: "not-json",
  message: "The body must be JSON, with Content-Type: application/json.",
});

export const tooLarge = (): OperatorRefusal => ({
  status: 413,
  code: "too-large",
  message: "The body is too large for what any action takes.",
});

export const badRequest = (message: string): OperatorRefusal => ({
  status: 400,
  code: "bad-request",
  message,
});

export const notLogged = (): OperatorRefusal => ({
  status: 503,
  code: "audit-unavailable",
  message: "The audit log cannot be written right now, so nothing was done. Please try again.",
  headers: { "Retry-After": "5" },
});

export const notKnown = (): OperatorRefusal => ({
  status: 503,
  code: "keeper-unavailable",
  message:
    "The repository's Keeper did not answer, so it is not known whether that was done. Its status tells.",
  headers: { "Retry-After": "5" },
});
