import type { OciSourceConfig } from "../config/config.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What a registry's operator gave out. Never part of a message. */
export interface Credentials {
  /** `user:password`. */
  pair: string;
  /** The value of an Authorization header (RFC 7617). */
  basic: string;
}

/**
 * The credentials of a source, `undefined` where it has none.
 * @param secret the value of the secret that `source.credentials` names
 * @throws {UpstreamError} unauthorized: there should be credentials, but the secret does not hold them
 */
export function readCredentials(
  source: OciSourceConfig,
  secret: string | undefined,
): Credentials | undefined {
  const name = source.credentials;
  if (name === undefined) return undefined;
  const pair = secret?.replace(/[\r\n]+$/, ""); // `echo … | wrangler secret put` leaves a line's end
  if (pair?.includes(":") === true)
    return { pair, basic: `Basic ${new TextEncoder().encode(pair).toBase64()}` };
  const fault = pair === undefined ? "is not set" : "is not of the form user:password";
  const remedy = `run "npx wrangler secret put ${name}" and give it user:password`;
  throw new UpstreamError("unauthorized", `${source.url}: the secret ${name} ${fault}; ${remedy}`);
}

/** Whether a text that comes from outside gives away what was sent there. */
export function showsSecret(
  text: string,
  credentials: Credentials | undefined,
  token: string | undefined,
): boolean {
  const secrets = token === undefined ? [] : [token];
  if (credentials !== undefined) {
    const { pair, basic } = credentials;
    secrets.push(basic.slice("Basic ".length), pair.slice(pair.indexOf(":") + 1));
  }
  return secrets.some((secret) => secret !== "" && text.includes(secret));
}
