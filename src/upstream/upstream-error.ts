/** What can be wrong with an upstream. Closed: the status document and its readers know these words. */
export type UpstreamErrorCode =
  | "unreachable" // no connection, no DNS, no certificate, connection reset, body cut off
  | "timeout"
  | "http-status" // the server fails, or gives an answer that is neither success nor refusal
  | "rate-limited" // 429, or 503 with Retry-After
  | "not-found" // 404 or 410
  | "unauthorized" // a registry's 401: credentials missing, wrong, or not enough for this repository
  | "refused" // 403 and the like, of an HTTP source 401 as well: object stores answer so for what they do not have
  | "forbidden-address" // a scheme, host or redirect that the mirror must not follow
  | "too-many-redirects"
  | "too-large"
  | "malformed-answer" // a registry's 200 with what is no such document: a page of a proxy, say
  | "not-an-archive" // 200 with an HTML page, say
  | "out-of-budget" // one archive took more requests than a whole unit may make
  | "digest-mismatch"; // bytes, but not those that the index or the registry's manifest lists

/** The same request may well succeed in a moment: the upstream or the way to it is down. */
export const passingCodes: readonly UpstreamErrorCode[] = [
  "unreachable",
  "timeout",
  "http-status",
  "rate-limited",
];

/** Mostly lasts until somebody changes it here; but a page of a broken proxy looks like this, too, for a while. */
const lasting: ReadonlySet<UpstreamErrorCode> = new Set([
  "forbidden-address",
  "too-many-redirects",
  "too-large",
]);

/**
 * The upstream's fault. How long it may last: `soon` over (an outage), `later` perhaps (a file that is not
 * there yet, a CDN that still has the old one, a secret that is not set yet), or `seldom` by itself.
 */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly code: UpstreamErrorCode;
  readonly passes: "soon" | "later" | "seldom";
  /** Seconds the upstream asked to wait, at most an hour. */
  readonly retryAfter: number | undefined;

  constructor(
    code: UpstreamErrorCode,
    message: string,
    options: { cause?: unknown; retryAfter?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.passes = passingCodes.includes(code) ? "soon" : lasting.has(code) ? "seldom" : "later";
    this.retryAfter = options.retryAfter;
  }
}

/** This unit of work may make no more requests; nothing is wrong, the next unit goes on. */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";
}
