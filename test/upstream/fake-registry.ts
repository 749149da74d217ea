import type { Limits, OciSourceConfig } from "../../src/config/config.ts";
import { RequestMeter } from "../../src/upstream/bounded-fetch.ts";
import { MemoryGate } from "../../src/upstream/memory-gate.ts";
import { OciRegistry } from "../../src/upstream/oci-registry.ts";
import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";

export const host = "https://registry.example.com";
export const realm = "https://auth.example.com/token";

export const limits: Limits = {
  indexBytes: 1024 * 1024,
  archiveBytes: 1024,
  fileBytes: 512,
  indexSeconds: 1,
  archiveSeconds: 1,
};

export const sourceOf = (more: Partial<OciSourceConfig> = {}): OciSourceConfig => ({
  kind: "oci",
  url: "oci://registry.example.com/charts",
  charts: "catalog",
  plainHttp: false,
  recheck: 3600,
  ...more,
});

export interface Asked {
  method: string;
  url: URL;
  authorization: string | null;
}

type Handler = (asked: Asked) => Response | undefined;

/** The edge of the network: who answers what, and what was asked. */
export class FakeNetwork {
  readonly asked: Asked[] = [];
  readonly handlers: Handler[];

  /** The first handler that answers does. */
  constructor(...handlers: Handler[]) {
    this.handlers = handlers;
  }

  fetch = (address: string, init: RequestInit): Promise<Response> => {
    const asked = {
      method: init.method ?? "GET",
      url: new URL(address),
      authorization: new Headers(init.headers).get("authorization"),
    };
    this.asked.push(asked);
    for (const handler of this.handlers) {
      const response = handler(asked);
      if (response !== undefined) return Promise.resolve(response);
    }
    return Promise.resolve(error(404, "NAME_UNKNOWN"));
  };

  /** What was asked since the last call: `GET /v2/… Bearer t1`, other hosts in full. */
  log(): string[] {
    return this.asked.splice(0).map(({ method, url, authorization }) => {
      const where = url.origin === host ? url.pathname : `${url.origin}${url.pathname}`;
      return [method, where, ...(authorization === null ? [] : [authorization])].join(" ");
    });
  }
}

/** A registry's refusal in the words of the specification. */
export function error(status: number, code: string, message = "no", headers: HeadersInit = {}): Response {
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}

/** Answers at one path of the registry's own host. */
export function at(path: string, answer: (asked: Asked) => Response): Handler {
  return (asked) => (asked.url.origin === host && asked.url.pathname === path ? answer(asked) : undefined);
}

export const challenge = (scope?: string): string =>
  `Bearer realm="${realm}",service="registry.example.com"${scope === undefined ? "" : `,scope="${scope}"`}`;

export interface TokenServiceOptions {
  now: () => number;
  /** Seconds that a token lives; undefined: the answer does not say. */
  life?: number;
  /** A token counts for the repository alone that it was asked for. */
  strict?: boolean;
  /** How a token is refused that does not count. */
  refusal?: (asked: Asked) => Response;
}

/** A registry whose every path needs a token, and its token service on another host. */
export class TokenGuard {
  issued = 0;
  readonly #options: TokenServiceOptions;
  readonly #tokens = new Map<string, { scope: string; until: number }>();

  constructor(options: TokenServiceOptions) {
    this.#options = options;
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  readonly handlers: Handler[] = [
    (asked) => (asked.url.href.startsWith(realm) ? this.#issue(asked.url) : undefined),
    (asked) => (asked.url.origin === host ? this.#check(asked) : undefined),
  ];

  #issue(url: URL): Response {
    this.issued += 1;
    const token = `t${this.issued}`;
    const { life, now } = this.#options;
    const scope = url.searchParams.get("scope") ?? "";
    this.#tokens.set(token, { scope, until: now() + (life ?? 60) * 1000 });
    return Response.json({ token, ...(life === undefined ? {} : { expires_in: life }) });
  }

  #check(asked: Asked): Response | undefined {
    const name = /^\/v2\/(.+?)\/(?:tags|manifests|blobs|referrers)\//.exec(asked.url.pathname)?.[1];
    const scope = name === undefined ? "registry:catalog:*" : `repository:${name}:pull`;
    const token = this.#tokens.get(asked.authorization?.replace("Bearer ", "") ?? "");
    const counts = token !== undefined && token.until > this.#options.now();
    if (counts && (token.scope === scope || this.#options.strict !== true)) return undefined;
    if (asked.authorization !== null && this.#options.refusal) return this.#options.refusal(asked);
    return error(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge(scope) });
  }
}

export interface Opened {
  registry: OciRegistry;
  meter: RequestMeter;
}

/** A registry as the Keeper opens it. */
export function open(
  network: FakeNetwork,
  more: {
    source?: Partial<OciSourceConfig>;
    secret?: string;
    tokens?: RegistryTokens;
    now?: () => number;
    requests?: number;
  } = {},
): Opened {
  const now = more.now ?? (() => 0);
  const meter = new RequestMeter(more.requests ?? 2000);
  const registry = new OciRegistry({
    source: sourceOf(more.source),
    limits,
    fetch: async (address, init) => await network.fetch(address, init),
    now,
    meter,
    gate: new MemoryGate(1024),
    tokens: more.tokens ?? new RegistryTokens(now),
    secret: more.secret,
  });
  return { registry, meter };
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

export async function allOf(pages: AsyncIterable<string[]>): Promise<string[]> {
  const all: string[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
