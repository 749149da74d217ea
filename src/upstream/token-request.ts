import { isObject, parseJson } from "../oci/json.ts";
import type { AddressPolicy } from "./address.ts";
import { type Fetch, type RequestMeter, fetchFinal, meaningOf, readBounded, shown } from "./bounded-fetch.ts";
import { failure, readTold } from "./registry-failure.ts";
import { type Credentials, showsSecret } from "./registry-credentials.ts";
import type { Token, TokenService } from "./registry-tokens.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface TokenRequest extends TokenService {
  scope: string;
}

export interface TokenRequestOptions {
  fetch: Fetch;
  meter: RequestMeter;
  address: AddressPolicy;
  seconds: number;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Sent to the realm; anonymous without. */
  credentials: Credentials | undefined;
}

const longestAnswer = 64 * 1024;
const longestToken = 16 * 1024;
/** Seconds a token is good for where the answer does not say (distribution's token specification). */
const usualLife = 60;
/** A token outlives neither an hour, whatever the answer says, nor the time that a request takes to arrive. */
const longestLife = 3600;
const margin = 10;

/**
 * Asks a registry's token service, as the registry's challenge describes it ("Token Authentication
 * Specification" of the CNCF's distribution).
 * @throws {UpstreamError} unauthorized, refused (GHCR says so of packages that do not exist), rate-limited,
 *   http-status, malformed-answer, forbidden-address, and whatever `boundedFetch` throws
 * @throws {BudgetSpent}
 */
export async function requestToken(request: TokenRequest, options: TokenRequestOptions): Promise<Token> {
  const { credentials, now } = options;
  const asked = now();
  const { response, url } = await fetchFinal(addressOf(request), {
    ...options,
    raw: true,
    headers: {
      accept: "application/json",
      "accept-encoding": "identity",
      ...(credentials === undefined ? {} : { authorization: credentials.basic }),
    },
  });
  if (response.status !== 200) {
    const told = await readTold(response, url, (text) => showsSecret(text, credentials, undefined));
    throw tokenFailure(response, url, told, now());
  }
  const document = parseJson(await readBounded(response, url.href, longestAnswer));
  const token = isObject(document) ? readToken(document, asked) : undefined;
  if (token !== undefined) return token;
  throw new UpstreamError("malformed-answer", `${shown(url)}: status 200, but no token`);
}

/** A realm that is no address is left to `boundedFetch` to refuse. */
function addressOf({ realm, service, scope }: TokenRequest): string {
  const url = URL.parse(realm);
  if (url === null) return realm;
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", scope);
  return url.href;
}

function tokenFailure(response: Response, url: URL, told: string | undefined, now: number): UpstreamError {
  const { code, retryAfter } = meaningOf(response, now);
  // That there is no token service is the registry's fault, and says nothing of the chart.
  const atService = response.status === 401 ? "unauthorized" : code === "not-found" ? "http-status" : code;
  return failure(atService, { url, status: response.status, told, hint: undefined, retryAfter });
}

function readToken(document: Record<string, unknown>, asked: number): Token | undefined {
  const value = [document["token"], document["access_token"]].find(isTokenText);
  if (value === undefined) return undefined;
  const told = document["expires_in"];
  const life = typeof told === "number" && told > 0 ? Math.min(told, longestLife) : usualLife;
  return { value, expires: asked + Math.max(life - margin, life / 2) * 1000 };
}

/** Fit for a header: visible ASCII (RFC 6750 section 2.1 allows less). */
function isTokenText(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestToken && /^[\x21-\x7e]+$/.test(value);
}
