import { type AddressPolicy, whyNotFetchable } from "./address.ts";
import { BudgetSpent, UpstreamError, type UpstreamErrorCode } from "./upstream-error.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Counts requests to upstreams, redirects included: what the platform calls external subrequests. */
export class RequestMeter {
  used = 0;
  readonly #allowed: number;
  /** By the second in which they end. */
  readonly #deadlines = new Map<number, AbortSignal>();

  constructor(allowed: number) {
    this.#allowed = allowed;
  }

  get left(): number {
    return this.#allowed - this.used;
  }

  /** Whether at least half is left: what cannot be done with that is too large for any unit. */
  get isFair(): boolean {
    return this.left * 2 >= this.#allowed;
  }

  /**
   * Ends a request after so many seconds, or up to one later: requests that begin in the same second share a
   * timer, because no timer ends before its time and workerd allows an object 10,000 of them.
   */
  deadline(seconds: number): AbortSignal {
    const now = Date.now();
    const end = Math.ceil(now / 1000) + seconds;
    const signal = this.#deadlines.get(end) ?? AbortSignal.timeout(end * 1000 - now);
    this.#deadlines.set(end, signal);
    return signal;
  }

  /** @throws {BudgetSpent} */
  take(): void {
    if (this.left <= 0) throw new BudgetSpent();
    this.used += 1;
  }
}

export interface BoundedFetchOptions {
  fetch: Fetch;
  meter: RequestMeter;
  address: AddressPolicy;
  /** Seconds until the whole answer, body included, must have arrived. */
  seconds: number;
  method?: "GET" | "HEAD" | "POST";
  /** With POST, which is not to be redirected: `follow: false`. */
  body?: string;
  /** `authorization` and `cookie` go to the address's own origin alone. */
  headers?: Record<string, string>;
  /** `false`: a redirect is the answer. */
  follow?: boolean;
  /** Do not undo a Content-Encoding: the bytes as they come over the wire. */
  raw?: boolean;
}

const maxRedirects = 5;
const userAgent = "Chartkeep/0.1 (+https://github.com/chartkeep/chartkeep)";

/** The last response of a chain of redirects, and the address that gave it. */
export interface FinalAnswer {
  response: Response;
  url: URL;
}

/**
 * A request with bounds on time, redirects and addresses; every hop is checked before it is made.
 * Answers the final response whatever its status (see `requireOk`); its body still runs against the clock.
 *
 * @throws {UpstreamError} unreachable, timeout, forbidden-address, too-many-redirects
 * @throws {BudgetSpent} before the request that would exceed the meter
 */
export async function boundedFetch(address: string, options: BoundedFetchOptions): Promise<Response> {
  return (await fetchFinal(address, options)).response;
}

/** As `boundedFetch`, for who must know which host it was that answered. */
export async function fetchFinal(address: string, options: BoundedFetchOptions): Promise<FinalAnswer> {
  const signal = options.meter.deadline(options.seconds);
  let url = parseAddress(address, undefined);
  let { headers = {} } = options;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const refusal = whyNotFetchable(url, options.address);
    if (refusal !== undefined) throw new UpstreamError("forbidden-address", `${shown(url)}: ${refusal}`);
    options.meter.take();
    const response = await request(url, signal, { ...options, headers });
    const location = response.headers.get("location");
    const isLast = options.follow === false || !isRedirect(response.status) || location === null;
    if (isLast) return { response, url };
    await response.body?.cancel();
    const next = parseAddress(location, url);
    // RFC 9110 section 15.4. Dropped for good: a redirect back to the first host does not bring them back.
    if (next.origin !== url.origin) headers = withoutCredentials(headers);
    url = next;
  }
  throw new UpstreamError("too-many-redirects", `${shown(url)}: more than ${maxRedirects} redirects`);
}

async function request(url: URL, signal: AbortSignal, options: BoundedFetchOptions): Promise<Response> {
  try {
    return await options.fetch(url.href, {
      method: options.method ?? "GET",
      headers: { "user-agent": userAgent, ...options.headers },
      redirect: "manual",
      ...(options.body === undefined ? {} : { body: options.body }),
      ...(options.raw === true ? { encodeResponseBody: "manual" } : {}),
      signal,
    });
  } catch (cause) {
    throw asUpstreamError(cause, url.href);
  }
}

const credentialHeaders: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !credentialHeaders.has(name.toLowerCase())),
  );
}

/** Turns whatever `fetch` or a body's stream throws into an UpstreamError; passes those and BudgetSpent through. */
export function asUpstreamError(cause: unknown, address: string): UpstreamError | BudgetSpent {
  if (cause instanceof UpstreamError || cause instanceof BudgetSpent) return cause;
  const name = cause instanceof Error ? cause.name : "";
  const where = shown(new URL(address));
  if (name === "TimeoutError" || name === "AbortError") {
    return new UpstreamError("timeout", `${where}: no complete answer in time`, { cause });
  }
  // workerd tells a name that does not resolve, or a bad certificate, only to its own log.
  const told = cause instanceof Error ? cause.message : String(cause);
  const detail = told.startsWith("internal error") ? noConnection : told;
  return new UpstreamError("unreachable", `${where}: ${detail}`.slice(0, 300), { cause });
}

const noConnection = "no connection (does the name resolve, and is the certificate valid?)";

/** Request timeout, and "too early" (RFC 8470). */
const passingStatuses: ReadonlySet<number> = new Set([408, 425]);

/**
 * The response if its status is 200, which is all that Helm accepts as well.
 * @param now milliseconds since 1970, for a Retry-After that is a date
 * @throws {UpstreamError} not-found, refused, rate-limited, http-status
 */
export async function requireOk(response: Response, address: string, now: number): Promise<Response> {
  if (response.status === 200) return response;
  await response.body?.cancel();
  const { code, retryAfter } = meaningOf(response, now);
  const isAimless = isRedirect(response.status); // one that could be followed was
  const status = `status ${response.status}${isAimless ? " without a Location" : ""}`;
  throw new UpstreamError(code, `${shown(new URL(address))}: ${status}`, { retryAfter });
}

/** What an answer other than 200 says of the upstream. @param now milliseconds since 1970 */
export function meaningOf(
  { status, headers }: Response,
  now: number,
): { code: UpstreamErrorCode; retryAfter?: number | undefined } {
  const retryAfter = retryAfterSeconds(headers.get("retry-after"), now);
  if (status === 404 || status === 410) return { code: "not-found" };
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    return { code: "rate-limited", retryAfter };
  }
  const isRefusal = status >= 400 && status < 500 && !passingStatuses.has(status);
  return { code: isRefusal ? "refused" : "http-status" };
}

/**
 * The whole body in memory, of a response that was asked for raw.
 * @throws {UpstreamError} too-large beyond `maxBytes`; unreachable or timeout when the body breaks off
 */
export async function readBounded(
  response: Response,
  address: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () =>
    new UpstreamError("too-large", `${shown(new URL(address))}: larger than ${maxBytes} bytes`);
  const announced = Number(response.headers.get("content-length") ?? Number.NaN);
  if (announced > maxBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  try {
    // A known length cannot be exceeded: the HTTP client stops there. One native read is the fastest.
    if (announced <= maxBytes) {
      return new Uint8Array(await response.arrayBuffer());
    }
    return await collect(response.body, maxBytes, tooLarge);
  } catch (cause) {
    throw asUpstreamError(cause, address);
  }
}

async function collect(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  tooLarge: () => UpstreamError,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

function parseAddress(address: string, base: URL | undefined): URL {
  try {
    return new URL(address, base);
  } catch (cause) {
    throw new UpstreamError("forbidden-address", `not an address: ${address.slice(0, 200)}`, { cause });
  }
}

/** For messages: without the query, where signed URLs carry their secrets. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, 300);
}

/** RFC 9110 section 10.2.3: seconds or a date. At most an hour, so that no upstream can silence the mirror. */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  if (!Number.isFinite(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 0), 3600);
}
