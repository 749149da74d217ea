import type { Config } from "../config/config.ts";
import { isSha256 } from "../storage/keys.ts";
import { parseView, type View } from "./view.ts";

/** A repository in one of its views, or one chart of it. */
export interface Place {
  repository: string;
  view: View;
  /** Decoded from the path, and not known to exist. */
  chart?: string;
}

/** What a public path means. */
export type Target =
  | { kind: "front" }
  | { kind: "health" }
  | { kind: "repository"; repository: string }
  | { kind: "chart-page"; repository: string; chart: string }
  /** A page without its slash: relative links on it would lead elsewhere. */
  | { kind: "slash-missing"; repository: string; chart?: string }
  | ({ kind: "index" } & Place)
  | { kind: "upstream-index"; repository: string }
  | { kind: "history"; repository: string }
  /** `digest` is the archive's in both cases. */
  | { kind: "archive" | "provenance"; repository: string; digest: string }
  /** `file` is the archive's name in both cases, without `.prov`. */
  | ({ kind: "conventional"; file: string; provenance: boolean } & Place)
  | { kind: "file"; repository: string; file: string }
  /** ChartMuseum's API: all charts, the versions of one, or one version. */
  | ({ kind: "api"; version?: string } & Place)
  | { kind: "unknown-view"; repository: string; view: string }
  /** `name` is the first segment where it is no repository. */
  | { kind: "unknown"; repository?: string; name: string }
  | { kind: "malformed" };

/** Longer than any name that a chart, a version or a file can have. */
const longestSegment = 512;

/**
 * Finds what a path means, without asking any store.
 *
 * Every segment is decoded exactly once, so `+` and `%2B` are the same file and `%252B` is another one.
 * Nothing that was decoded becomes a part of a key, except digests, revisions, and names that the configuration
 * lists.
 *
 * @param pathname of a parsed URL, which has no `..` segments left
 */
export function resolvePath(pathname: string, config: Config): Target {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return { kind: "malformed" };
  const [first = "", ...rest] = segments;
  if (first === "" && rest.length === 0) return { kind: "front" };
  if (first === "api") return resolveApi(rest, config);
  const address = readAddress(first, config);
  if (address === undefined && segments.length === 1 && first === "health") return { kind: "health" };
  // A repository's name comes first, but what is unknown below it may still be a path of the root repository.
  return (
    (address && resolveBelow(address, rest, config)) ??
    resolveInRoot(segments, config) ??
    unknown(address, first)
  );
}

function decodeSegments(pathname: string): string[] | undefined {
  try {
    return pathname.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined; // `%` that encodes nothing, or not UTF-8
  }
}

interface Address {
  repository: string;
  /** A text where it is no view. */
  view: View | string;
}

/** `<repository>`, `<repository>@<view>`, or `@<view>` of the root repository. */
function readAddress(segment: string, { repositories, root }: Config): Address | undefined {
  const at = segment.indexOf("@");
  const name = at === -1 ? segment : segment.slice(0, at);
  const repository = at === 0 ? root : name;
  if (repository === undefined || !Object.hasOwn(repositories, repository)) return undefined;
  if (at === -1) return { repository, view: { kind: "current" } };
  const text = segment.slice(at + 1);
  return { repository, view: parseView(text) ?? text };
}

const unknown = (address: Address | undefined, name: string): Target =>
  address === undefined
    ? { kind: "unknown", name }
    : { kind: "unknown", repository: address.repository, name: address.repository };

function resolveBelow({ repository, view }: Address, rest: string[], config: Config): Target | undefined {
  if (typeof view === "string") return { kind: "unknown-view", repository, view };
  const isPage = rest.length === 0 || (rest.length === 1 && rest[0] === "");
  if (!isPage) return resolveFile({ repository, view }, rest, config);
  if (view.kind !== "current") return undefined;
  return { kind: rest.length === 0 ? "slash-missing" : "repository", repository };
}

function resolveInRoot(segments: string[], config: Config): Target | undefined {
  if (config.root === undefined) return undefined;
  return resolveFile({ repository: config.root, view: { kind: "current" } }, segments, config);
}

/** Below a view: `<file>`, `<chart>/<file>`, `charts/<sha256>/<file>` and `<chart>/charts/<sha256>/<file>`. */
function resolveFile(place: Place, segments: string[], config: Config): Target | undefined {
  const { repository, view } = place;
  const [first = "", second = ""] = segments;
  if (segments.length === 3) return resolveDigest(repository, segments);
  if (!isName(first)) return undefined;
  if (segments.length === 1) {
    const found = resolveLeaf(place, first, config);
    return (
      found ?? (view.kind === "current" ? { kind: "slash-missing", repository, chart: first } : undefined)
    );
  }
  if (view.kind === "upstream") return undefined; // one document as it came, which is not taken apart
  if (segments.length === 4) return resolveDigest(repository, segments.slice(1));
  if (segments.length !== 2) return undefined;
  if (second !== "") return resolveLeaf({ ...place, chart: first }, second, config);
  return view.kind === "current" ? { kind: "chart-page", repository, chart: first } : undefined;
}

function resolveLeaf(place: Place, file: string, { repositories }: Config): Target | undefined {
  const { repository, view, chart } = place;
  if (!isName(file)) return undefined;
  if (file === "index.yaml") {
    return view.kind === "upstream" ? { kind: "upstream-index", repository } : { kind: "index", ...place };
  }
  if (file === "history.json" && view.kind === "current" && chart === undefined) {
    return { kind: "history", repository };
  }
  const sources = repositories[repository]?.sources ?? [];
  if (sources.some((source) => source.kind === "http" && source.files.includes(file))) {
    return { kind: "file", repository, file };
  }
  if (file.endsWith(".tgz")) return { kind: "conventional", ...place, file, provenance: false };
  if (!file.endsWith(".tgz.prov")) return undefined;
  return { kind: "conventional", ...place, file: file.slice(0, -".prov".length), provenance: true };
}

function resolveDigest(repository: string, segments: string[]): Target | undefined {
  const [folder, digest = "", file = ""] = segments;
  if (folder !== "charts" || !isSha256(digest) || !isName(file)) return undefined;
  if (file.endsWith(".tgz")) return { kind: "archive", repository, digest };
  return file.endsWith(".tgz.prov") ? { kind: "provenance", repository, digest } : undefined;
}

/**
 * ChartMuseum's reading API with one level of tenants, `/api/<repository>/charts…`; and as it is without any,
 * `/api/charts…`, for the root repository.
 */
function resolveApi(rest: string[], config: Config): Target {
  const [first = ""] = rest;
  const root = first === "charts" ? config.root : undefined;
  const address: Address | undefined =
    root === undefined ? readAddress(first, config) : { repository: root, view: { kind: "current" } };
  if (address === undefined) return unknown(address, first === "" ? "api" : first);
  const { repository, view } = address;
  if (typeof view === "string") return { kind: "unknown-view", repository, view };
  const [charts, chart, version, ...more] = root === undefined ? rest.slice(1) : rest;
  const names = [chart, version].filter((name) => name !== undefined);
  if (charts !== "charts" || more.length > 0 || !names.every(isName) || view.kind === "upstream") {
    return unknown(address, first);
  }
  return {
    kind: "api",
    repository,
    view,
    ...(chart === undefined ? {} : { chart }),
    ...(version === undefined ? {} : { version }),
  };
}

/** What a decoded segment can hold that no name does: nothing, a path of its own, or control characters. */
function isName(segment: string): boolean {
  return (
    segment !== "" && segment.length <= longestSegment && !/[/\\\p{Cc}]/u.test(segment) && segment !== ".."
  );
}
