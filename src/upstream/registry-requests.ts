import type { OciSourceConfig } from "../config/config.ts";
import { addressPolicyOf } from "./address.ts";
import { type Fetch, type FinalAnswer, type RequestMeter, fetchFinal, meaningOf } from "./bounded-fetch.ts";
import { type Authorization, RegistryAuthorization } from "./registry-authorization.ts";
import { type Credentials, readCredentials, showsSecret } from "./registry-credentials.ts";
import { failure, readTold } from "./registry-failure.ts";
import type { RegistryTokens } from "./registry-tokens.ts";
import { requestToken } from "./token-request.ts";
import type { UpstreamError } from "./upstream-error.ts";

export interface RegistryRequestsParts {
  source: OciSourceConfig;
  /** Scheme, host and port of the registry. */
  origin: string;
  fetch: Fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  meter: RequestMeter;
  tokens: RegistryTokens;
  /** `user:password`, where the source has credentials and the secret is set. */
  secret: string | undefined;
}

export interface RegistryRequest {
  /** What a token must allow: `repository:<name>:pull`. */
  scope: string;
  accept: string;
  /** Until the whole answer, body included, must have arrived; a token has as long again. */
  seconds: number;
  method?: "GET" | "HEAD";
  follow?: boolean;
}

/** An answer with its body still to be read if its status is 200, and used up otherwise. */
export interface RegistryAnswer extends FinalAnswer {
  /** What the registry says of its refusal. */
  told: string | undefined;
}

/** No token, one of another scope, one as expected, one as asked for: a last one must do. */
const mostAttempts = 4;

/** Asks one registry, with whatever authentication it wants. Its credentials go nowhere else. */
export class RegistryRequests {
  readonly #parts: RegistryRequestsParts;

  constructor(parts: RegistryRequestsParts) {
    this.#parts = parts;
  }

  /**
   * @throws {UpstreamError} unauthorized where the secret is missing; what the token service answers; what
   *   `boundedFetch` throws. The registry's own status is the caller's to judge, see `failure`.
   * @throws {BudgetSpent}
   */
  async ask(url: URL, request: RegistryRequest): Promise<RegistryAnswer> {
    const credentials = readCredentials(this.#parts.source, this.#parts.secret);
    const authorization = this.#authorization(credentials, request.seconds);
    let sent = await authorization.first(request.scope);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(url, request, sent, credentials);
      // A host to which the registry redirects has no say in where credentials go.
      const isOwn = answer.url.origin === this.#parts.origin && attempt < mostAttempts;
      const next = isOwn ? await authorization.next(answer.response, sent, request.scope) : undefined;
      if (next === undefined) return answer;
      sent = next;
    }
  }

  /** The error that an answer other than 200 is. */
  failure({ response, url, told }: RegistryAnswer): UpstreamError {
    const { origin, source, now } = this.#parts;
    const { status } = response;
    const { code, retryAfter } = meaningOf(response, now());
    if (status !== 401) return failure(code, { url, status, told, hint: undefined, retryAfter });
    if (url.origin !== origin) {
      const hint = `${origin} redirects there, and no credentials follow; name that registry itself`;
      return failure("refused", { url, status, told, hint, retryAfter });
    }
    // Docker Hub says so of what does not exist, too.
    const hint =
      source.credentials === undefined
        ? "it does not exist, or needs credentials, and this source has none"
        : `it does not exist, or the credentials in ${source.credentials} may not read it`;
    return failure("unauthorized", { url, status, told, hint, retryAfter });
  }

  #authorization(credentials: Credentials | undefined, seconds: number): RegistryAuthorization {
    const { origin, tokens, fetch, meter, now } = this.#parts;
    const address = addressPolicyOf(origin);
    return new RegistryAuthorization(tokens.of(origin, credentials?.pair), credentials, async (request) =>
      requestToken(request, { fetch, meter, address, seconds, now, credentials }),
    );
  }

  async #send(
    url: URL,
    { accept, seconds, method = "GET", follow = true }: RegistryRequest,
    sent: Authorization | undefined,
    credentials: Credentials | undefined,
  ): Promise<RegistryAnswer> {
    const { origin, fetch, meter } = this.#parts;
    // As they come over the wire: digests are of the bytes as stored, and nothing unpacks to more than was sent.
    const headers: Record<string, string> = { accept, "accept-encoding": "identity" };
    if (sent !== undefined) headers["authorization"] = sent.header;
    const address = addressPolicyOf(origin);
    const options = { fetch, meter, address, seconds, method, headers, follow, raw: true };
    const answer = await fetchFinal(url.href, options);
    if (answer.response.status === 200) return { ...answer, told: undefined };
    // Before any further request: an unread body keeps its connection, and there are but six.
    const token = sent !== undefined && "token" in sent ? sent.token.value : undefined;
    const isSecret = (text: string): boolean => showsSecret(text, credentials, token);
    return { ...answer, told: await readTold(answer.response, answer.url, isSecret) };
  }
}
