import type { Config } from "../config/config.ts";
import { isSha256 } from "../storage/keys.ts";

/** What a public path means. */
export type Target =
  | { kind: "front" }
  | { kind: "repository"; repository: string }
  /** The repository's page without its slash: relative links on it would lead elsewhere. */
  | { kind: "slash-missing"; repository: string }
  | { kind: "index"; repository: string }
  | { kind: "archive"; repository: string; digest: string }
  | { kind: "provenance"; repository: string; digest: string }
  /** `file` is the archive's name in both cases, without `.prov`. */
  | { kind: "conventional"; repository: string; file: string; provenance: boolean }
  | { kind: "file"; repository: string; file: string }
  /** `name` is the first segment where it is no repository. */
  | { kind: "unknown"; repository?: string; name: string }
  | { kind: "malformed" };

/** Longer than any name that a chart, a version or a file can have. */
const longestSegment = 512;

/**
 * Finds what a path means, without asking any store.
 *
 * Every segment is decoded exactly once, so `+` and `%2B` are the same file and `%252B` is another one.
 * Nothing that was decoded becomes a part of a key, except digests and names that the configuration lists.
 *
 * @param pathname of a parsed URL, which has no `..` segments left
 */
export function resolvePath(pathname: string, config: Config): Target {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return { kind: "malformed" };
  const [name = "", ...rest] = segments;
  if (name === "" && rest.length === 0) return { kind: "front" };
  const named = Object.hasOwn(config.repositories, name) ? resolveBelow(name, rest, config) : undefined;
  // A repository's name comes first, but what is unknown below it may still be a path of the root repository.
  const found = named ?? (config.root === undefined ? undefined : resolveFile(config.root, segments, config));
  if (found !== undefined) return found;
  return Object.hasOwn(config.repositories, name)
    ? { kind: "unknown", repository: name, name }
    : { kind: "unknown", name };
}

function decodeSegments(pathname: string): string[] | undefined {
  try {
    return pathname.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined; // `%` that encodes nothing, or not UTF-8
  }
}

function resolveBelow(repository: string, rest: string[], config: Config): Target | undefined {
  if (rest.length === 0) return { kind: "slash-missing", repository };
  if (rest.length === 1 && rest[0] === "") return { kind: "repository", repository };
  return resolveFile(repository, rest, config);
}

function resolveFile(repository: string, segments: string[], config: Config): Target | undefined {
  const file = segments.at(-1) ?? "";
  if (!isFileName(file)) return undefined;
  if (segments.length === 3) return resolveDigest(repository, segments);
  if (segments.length !== 1) return undefined;
  if (file === "index.yaml") return { kind: "index", repository };
  const sources = config.repositories[repository]?.sources ?? [];
  if (sources.some((source) => source.kind === "http" && source.files.includes(file)))
    return { kind: "file", repository, file };
  if (file.endsWith(".tgz")) return { kind: "conventional", repository, file, provenance: false };
  if (!file.endsWith(".tgz.prov")) return undefined;
  return { kind: "conventional", repository, file: file.slice(0, -".prov".length), provenance: true };
}

function resolveDigest(repository: string, segments: string[]): Target | undefined {
  const [folder, digest = "", file = ""] = segments;
  if (folder !== "charts" || !isSha256(digest)) return undefined;
  if (file.endsWith(".tgz")) return { kind: "archive", repository, digest };
  return file.endsWith(".tgz.prov") ? { kind: "provenance", repository, digest } : undefined;
}

/** What a decoded segment can hold that no file name does: a path of its own, or control characters. */
function isFileName(segment: string): boolean {
  return segment.length <= longestSegment && !/[/\\\p{Cc}]/u.test(segment) && segment !== "..";
}
