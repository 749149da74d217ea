import { randomUUID } from "node:crypto";
import type { Answer } from "../upstream/answer.ts";
import type { RegistryContent } from "./content.ts";
import { isBasic } from "./credentials.ts";
import { errorAnswer, jsonAnswer } from "./errors.ts";
import type { RegistrySettings, TokenAuth } from "./options.ts";
import type { Ask } from "./route.ts";

interface Token {
  /** Milliseconds since 1970. */
  expires: number;
  /** `repository:charts/web:pull`; a `*` stands for every repository. */
  grants: ReadonlySet<string>;
}

interface Scope {
  type: string;
  name: string;
  actions: string[];
}

/** Gives tokens and knows them again. */
export class TokenService {
  issued = 0;
  readonly #settings: RegistrySettings;
  readonly #content: RegistryContent;
  readonly #tokens = new Map<string, Token>();

  constructor(settings: RegistrySettings, content: RegistryContent) {
    this.#settings = settings;
    this.#content = content;
  }

  /** `GET /token?service=…&scope=repository:<name>:pull`; the form of OAuth 2 (POST) is not understood. */
  answer({ method, url, headers }: Ask, auth: TokenAuth): Answer {
    if (method !== "GET") return errorAnswer("UNSUPPORTED");
    const known = auth.credentials !== undefined && isBasic(headers.authorization, auth.credentials);
    const stranger = headers.authorization === undefined ? auth.anonymous === false : !known;
    if (auth.credentials !== undefined && stranger) return errorAnswer("UNAUTHORIZED");
    const scopes = url.searchParams.getAll("scope").flatMap((scope) => scope.split(" ").map(scopeOf));
    const conceals = (scope: Scope, how: 401 | 403): boolean => !known && this.#isConcealed(scope, how);
    if (scopes.some((scope) => conceals(scope, 403))) return errorAnswer("DENIED");
    const pushes = known || auth.credentials === undefined;
    const grants = scopes
      .filter((scope) => !conceals(scope, 401))
      .flatMap((scope) => grantsOf(scope, { pushes, everywhere: auth.scopes === "ghcr" }));
    return this.#issue(new Set(grants), auth);
  }

  check(token: string, needed: Scope): "granted" | "insufficient" | "expired" | "unknown" {
    const found = this.#tokens.get(token);
    if (found === undefined) return "unknown";
    if (found.expires <= this.#settings.clock()) return "expired";
    const has = (name: string, action: string): boolean =>
      found.grants.has(`${needed.type}:${name}:${action}`);
    const granted = needed.actions.every((action) => has(needed.name, action) || has("*", action));
    return granted ? "granted" : "insufficient";
  }

  #issue(grants: ReadonlySet<string>, { seconds = 300, saysSeconds = true }: TokenAuth): Answer {
    this.issued += 1;
    const token = randomUUID();
    const now = this.#settings.clock();
    this.#tokens.set(token, { grants, expires: now + seconds * 1000 });
    if (!saysSeconds) return jsonAnswer({ token });
    const issued = new Date(now).toISOString();
    return jsonAnswer({ token, access_token: token, expires_in: seconds, issued_at: issued });
  }

  /** Who pushes may make a repository; a stranger who pulls is not told that there is none. */
  #isConcealed({ type, name, actions }: Scope, how: 401 | 403): boolean {
    const pulls = type === "repository" && actions.every((action) => action === "pull");
    return this.#settings.unknownPackage === how && pulls && this.#content.find(name) === undefined;
  }
}

/** `type:name:action,action`; the name may hold colons itself. */
function scopeOf(text: string): Scope {
  const [type = "", ...rest] = text.split(":");
  const actions = (rest.pop() ?? "").split(",");
  return { type, name: rest.join(":"), actions };
}

function grantsOf(
  { type, name, actions }: Scope,
  { pushes, everywhere }: { pushes: boolean; everywhere: boolean },
): string[] {
  const where = everywhere ? "*" : name;
  return actions
    .filter((action) => pushes || action === "pull" || type !== "repository")
    .map((action) => `${type}:${where}:${action}`);
}
