import type { Credentials } from "./options.ts";

/** What an Authorization header of the scheme carries; `undefined` where it is of another one. */
export function authorizationOf(scheme: "Basic" | "Bearer", header: string | undefined): string | undefined {
  const [said = "", value] = (header ?? "").split(" ");
  return said.toLowerCase() === scheme.toLowerCase() ? value : undefined;
}

export function isBasic(header: string | undefined, { user, password }: Credentials): boolean {
  const value = authorizationOf("Basic", header);
  return value !== undefined && Buffer.from(value, "base64").toString() === `${user}:${password}`;
}
