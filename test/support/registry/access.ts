import type { Answer } from "../upstream/answer.ts";
import { authorizationOf, isBasic } from "./credentials.ts";
import { errorAnswer } from "./errors.ts";
import type { RegistrySettings } from "./options.ts";
import type { Ask } from "./route.ts";
import type { TokenService } from "./token-service.ts";

interface AccessParts {
  settings: RegistrySettings;
  tokens: TokenService;
  /** Where tokens are given. */
  realm: () => string;
}

/** Why a request is turned away, or `undefined` when it may pass. */
export function refusalOf(ask: Ask, { settings, tokens, realm }: AccessParts): Answer | undefined {
  const { auth, expiredTokenAnswer } = settings;
  const header = ask.headers.authorization;
  if (auth.kind === "none") return undefined;
  if (auth.kind === "basic") {
    return isBasic(header, auth) ? undefined : challenge('Basic realm="registry"');
  }
  const scope = scopeFor(ask);
  const bearer = `Bearer realm="${realm()}",service="registry"${scope === undefined ? "" : `,scope="${scopeText(scope)}"`}`;
  const token = authorizationOf("Bearer", header);
  if (token === undefined) return challenge(bearer);
  const state = tokens.check(token, scope ?? { type: "", name: "", actions: [] });
  if (state === "granted") return undefined;
  if (state === "insufficient") return challenge(`${bearer},error="insufficient_scope"`);
  if (expiredTokenAnswer === 400) {
    return errorAnswer("DENIED", { status: 400, message: "Your Authorization Token is invalid." });
  }
  return challenge(`${bearer},error="invalid_token"`);
}

const challenge = (value: string): Answer =>
  errorAnswer("UNAUTHORIZED", { headers: { "www-authenticate": value } });

interface NeededScope {
  type: string;
  name: string;
  actions: string[];
}

const scopeText = ({ type, name, actions }: NeededScope): string => `${type}:${name}:${actions.join(",")}`;

/** What the request needs to be allowed to do; the ping needs any valid token. */
function scopeFor({ method, route: { kind, repository } }: Ask): NeededScope | undefined {
  if (kind === "catalog") return { type: "registry", name: "catalog", actions: ["*"] };
  if (repository === "") return undefined;
  if (method === "GET" || method === "HEAD")
    return { type: "repository", name: repository, actions: ["pull"] };
  if (method === "DELETE") return { type: "repository", name: repository, actions: ["delete"] };
  return { type: "repository", name: repository, actions: ["pull", "push"] };
}
