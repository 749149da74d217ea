import { parseChallenge } from "../oci/challenge.ts";
import type { Credentials } from "./registry-credentials.ts";
import type { RegistryMemory, Token } from "./registry-tokens.ts";
import type { TokenRequest } from "./token-request.ts";

/** What a request is sent with. */
export type Authorization =
  | { how: "basic"; header: string }
  /** A token that was there: for the same scope, or for another one. */
  | { how: "held" | "borrowed"; header: string; token: Token }
  /** A token that was fetched for this request, as the registry's challenge says or as it said before. */
  | { how: "fresh" | "expected"; header: string; token: Token; request: TokenRequest };

/** Decides with what a registry is asked, and with what again after it refused. */
export class RegistryAuthorization {
  readonly #memory: RegistryMemory;
  readonly #credentials: Credentials | undefined;
  readonly #requestToken: (request: TokenRequest) => Promise<Token>;

  constructor(
    memory: RegistryMemory,
    credentials: Credentials | undefined,
    requestToken: (request: TokenRequest) => Promise<Token>,
  ) {
    this.#memory = memory;
    this.#credentials = credentials;
    this.#requestToken = requestToken;
  }

  /** What is known to work, or may: nothing at first. @throws {UpstreamError} of the token service */
  async first(scope: string): Promise<Authorization | undefined> {
    const { service, wantsBasic, isStrict } = this.#memory;
    if (wantsBasic) return this.#basic();
    const held = this.#memory.held(scope);
    if (held !== undefined) return { how: "held", header: bearer(held), token: held };
    const borrowed = isStrict ? undefined : this.#memory.borrowed(scope);
    if (borrowed !== undefined) return { how: "borrowed", header: bearer(borrowed), token: borrowed };
    return service === undefined ? undefined : await this.#fetch("expected", scope, { ...service, scope });
  }

  /**
   * What to try next after an answer of the registry itself, or `undefined` where its answer is the last word.
   * @throws {UpstreamError} of the token service
   */
  async next(
    { status, headers }: Response,
    sent: Authorization | undefined,
    scope: string,
  ): Promise<Authorization | undefined> {
    if (!mayHelp(status, sent)) return undefined;
    this.#discard(status, sent);
    const challenge = parseChallenge(headers.get("www-authenticate"));
    if (challenge?.scheme === "bearer") {
      this.#memory.service = { realm: challenge.realm, service: challenge.service };
    }
    const { service } = this.#memory;
    // Harbor answers a token of another scope with a Basic challenge, though it wants a better token.
    if (service === undefined) return challenge?.scheme === "basic" ? this.#learnBasic(sent) : undefined;
    const renewed = this.#memory.held(scope);
    if (renewed !== undefined && !hasFetched(sent)) {
      return { how: "held", header: bearer(renewed), token: renewed };
    }
    const asked = challenge?.scheme === "bearer" ? challenge.scope : undefined;
    const request = { ...service, scope: asked ?? scope };
    const isRepetition = hasFetched(sent) && (sent.how === "fresh" || isSame(sent.request, request));
    if (isRepetition) return undefined;
    const fetched = await this.#fetch("fresh", scope, request);
    // Not before: GHCR gives no token for what does not exist, and that makes it no stricter for what does.
    if (sent?.how === "borrowed" && status !== 400) this.#memory.isStrict = true;
    return fetched;
  }

  #discard(status: number, sent: Authorization | undefined): void {
    if (sent === undefined || sent.how === "basic") return;
    // A token that another repository refuses may still be good for its own; an expired one is good for none.
    if (sent.how !== "borrowed" || status === 400) this.#memory.drop(sent.token);
  }

  #learnBasic(sent: Authorization | undefined): Authorization | undefined {
    if (sent !== undefined) return undefined;
    this.#memory.wantsBasic = true;
    return this.#basic();
  }

  #basic(): Authorization | undefined {
    return this.#credentials && { how: "basic", header: this.#credentials.basic };
  }

  async #fetch(how: "fresh" | "expected", scope: string, request: TokenRequest): Promise<Authorization> {
    const key = JSON.stringify([request.realm, request.service, request.scope]);
    const token = await this.#memory.shared(key, () => this.#requestToken(request));
    this.#memory.keep(scope, token);
    return { how, header: bearer(token), token, request };
  }
}

/**
 * 401 asks for another authorization. Amazon's ECR says 400, without a challenge, of a token that expired
 * earlier than it said. Some registries (IBM's) say 403 of a token for another scope.
 */
function mayHelp(status: number, sent: Authorization | undefined): boolean {
  if (status === 401) return true;
  if (status === 400) return sent?.how === "held" || sent?.how === "borrowed";
  return status === 403 && sent?.how === "borrowed";
}

function hasFetched(
  sent: Authorization | undefined,
): sent is Extract<Authorization, { request: TokenRequest }> {
  return sent?.how === "fresh" || sent?.how === "expected";
}

function isSame(one: TokenRequest, other: TokenRequest): boolean {
  return one.realm === other.realm && one.service === other.service && one.scope === other.scope;
}

const bearer = (token: Token): string => `Bearer ${token.value}`;
