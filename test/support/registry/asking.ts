import { z } from "zod";
import type { Registry } from "./registry.ts";

/** One request by plain fetch, no redirect followed. @param path with its leading slash, or a whole URL */
export async function ask(registry: Registry, path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(new URL(path, registry.url), { redirect: "manual", ...init });
}

/** What the token service answers to whoever follows the challenge that a request meets. */
export async function askForToken(
  registry: Registry,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const challenge = (await ask(registry, path, init)).headers.get("www-authenticate") ?? "";
  const [, realm = "", scope = ""] = /realm="([^"]+)".*scope="([^"]+)"/.exec(challenge) ?? [];
  return await fetch(`${realm}?service=registry&scope=${encodeURIComponent(scope)}`);
}

/** The header that a token from `askForToken` goes into. */
export async function bearer(answer: Response): Promise<{ authorization: string }> {
  const { token } = z.object({ token: z.string() }).parse(await answer.json());
  return { authorization: `Bearer ${token}` };
}

/** Status and code of an error as the protocol words it. */
export async function errorOf(answer: Response): Promise<[status: number, code: string]> {
  const { errors } = z
    .object({ errors: z.tuple([z.object({ code: z.string(), message: z.string() })]) })
    .parse(await answer.json());
  return [answer.status, errors[0].code];
}

export async function tagsIn(answer: Response): Promise<string[]> {
  return z.object({ tags: z.array(z.string()) }).parse(await answer.json()).tags;
}
