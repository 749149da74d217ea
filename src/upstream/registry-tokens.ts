/** A bearer token of a registry's token service. */
export interface Token {
  value: string;
  /** Milliseconds since 1970. */
  expires: number;
}

/** Where a registry's tokens come from, as its own challenge says. */
export interface TokenService {
  realm: string;
  service: string | undefined;
}

/**
 * What was learnt of registries: how they authenticate, and the tokens that they gave. May outlive a unit of
 * work, so that the next one needs no new tokens: GHCR counts anonymous ones against a shared bucket.
 */
export class RegistryTokens {
  readonly #now: () => number;
  readonly #registries = new Map<string, RegistryMemory>();

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Of a registry as seen with some credentials: who has none must not get the tokens of who has. */
  of(origin: string, credentials: string | undefined): RegistryMemory {
    const key = JSON.stringify([origin, credentials]);
    const known = this.#registries.get(key) ?? new RegistryMemory(this.#now);
    this.#registries.set(key, known);
    return known;
  }
}

/** A strict registry has one token for each chart; those of a whole catalog are not worth keeping. */
const mostTokens = 64;

/** What is known of one registry. */
export class RegistryMemory {
  /** Undefined until the registry sent a Bearer challenge. */
  service: TokenService | undefined;
  wantsBasic = false;
  /** It refused a token of one repository for another one. */
  isStrict = false;
  readonly #now: () => number;
  /** By what they were asked for, the newest last. */
  readonly #tokens = new Map<string, Token>();
  readonly #pending = new Map<string, Promise<Token>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The token for a scope like `repository:charts/podinfo:pull`. */
  held(scope: string): Token | undefined {
    const token = this.#tokens.get(scope);
    return token !== undefined && token.expires > this.#now() ? token : undefined;
  }

  /** The newest token for another scope of the same kind (GHCR's anonymous ones are good for all packages). */
  borrowed(scope: string): Token | undefined {
    const kind = kindOf(scope);
    const others = [...this.#tokens].filter(([other]) => kindOf(other) === kind);
    return others.findLast(([, token]) => token.expires > this.#now())?.[1];
  }

  keep(scope: string, token: Token): void {
    this.#tokens.delete(scope);
    this.#tokens.set(scope, token);
    for (const [other, { expires }] of this.#tokens) {
      if (expires <= this.#now() || this.#tokens.size > mostTokens) this.#tokens.delete(other);
    }
  }

  drop(token: Token): void {
    for (const [scope, held] of this.#tokens) {
      if (held === token) this.#tokens.delete(scope);
    }
  }

  /** Whoever asks for the same token at the same time gets the same answer. */
  async shared(key: string, request: () => Promise<Token>): Promise<Token> {
    const pending = this.#pending.get(key) ?? request().finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return await pending;
  }
}

/** `repository` or `registry`. */
function kindOf(scope: string): string {
  return scope.slice(0, scope.indexOf(":"));
}
