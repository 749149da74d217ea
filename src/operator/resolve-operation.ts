import { pathOf } from "../http/path-of.ts";

/** What a path below `/-/` means. Names are decoded, and not known to exist. */
export type Target =
  | { kind: "audit" }
  | { kind: "repository"; repository: string }
  | { kind: "action"; repository: string; action: string };

export function isForOperator({ url }: Request): boolean {
  const path = pathOf(url);
  return path === "/-" || path.startsWith("/-/");
}

export function resolveOperation(pathname: string): Target | undefined {
  if (pathname === "/-/audit") return { kind: "audit" };
  const [, name, action] = /^\/-\/repositories\/([^/]+)(?:\/([a-z-]+))?$/.exec(pathname) ?? [];
  const repository = name === undefined ? undefined : decoded(name);
  if (repository === undefined) return undefined;
  return action === undefined ? { kind: "repository", repository } : { kind: "action", repository, action };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
