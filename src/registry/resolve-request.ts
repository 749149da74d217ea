import type { Config } from "../config/config.ts";
import { isDigest, isRepositoryName, isTag, parseDigest } from "../oci/reference.ts";
import {
  invalidDigest,
  invalidName,
  noUpload,
  type RegistryRefusal,
  unknownBlob,
  unknownManifest,
  unknownName,
  unknownRoute,
} from "./refusals.ts";

/** A chart, by the name that registry clients use. */
export interface ChartName {
  /** As it was asked for: `stable/alpha`, or `alpha` in the root repository. */
  full: string;
  /** One that the configuration has. */
  repository: string;
  chart: string;
}

/** What is asked for. Digests are SHA-256 in lowercase hexadecimal where nothing else is said. */
export type Asked =
  | { kind: "base" }
  | { kind: "catalog" }
  | { kind: "tags"; name: ChartName }
  | { kind: "tagged"; name: ChartName; tag: string }
  | { kind: "manifest"; name: ChartName; digest: string }
  | { kind: "blob"; name: ChartName; digest: string }
  /** `digest`: of another algorithm as it was written; nothing can refer to such a one here. */
  | { kind: "referrers"; name: ChartName; digest: string }
  | { kind: "refused"; refusal: RegistryRefusal };

/**
 * Finds what a path below `/v2` means (OCI distribution-spec 1.1, "Endpoints"), without asking any store. A
 * name may hold the words of the endpoints, so a path is read from its end.
 *
 * @param pathname of a parsed URL, which has no `..` segments left
 */
export function resolveRequest(pathname: string, config: Pick<Config, "root" | "repositories">): Asked {
  if (pathname === "/v2" || pathname === "/v2/") return { kind: "base" };
  if (pathname === "/v2/_catalog") return { kind: "catalog" };
  const segments = pathname.slice("/v2/".length).split("/");
  // `<name>/blobs/uploads/` begins an upload, and what stands behind it is one.
  if (segments.at(-3) === "blobs" && segments.at(-2) === "uploads") return refused(noUpload());
  const [endpoint = "", last = ""] = segments.slice(-2);
  const ask = endpoints[endpoint];
  if (ask === undefined || segments.length < 3) return refused(unknownRoute());
  const name = nameOf(segments.slice(0, -2), config);
  return "code" in name ? refused(name) : ask(name, decoded(last));
}

const endpoints: Readonly<Record<string, (name: ChartName, last: string) => Asked>> = Object.assign(
  Object.create(null),
  {
    tags: (name: ChartName, last: string): Asked =>
      last === "list" ? { kind: "tags", name } : refused(unknownRoute()),
    manifests: askManifest,
    blobs: (name: ChartName, digest: string): Asked =>
      byDigest(digest, unknownBlob, (hex) => ({ kind: "blob", name, digest: hex })),
    referrers: (name: ChartName, digest: string): Asked =>
      isDigest(digest)
        ? { kind: "referrers", name, digest: parseDigest(digest) ?? digest }
        : refused(invalidDigest(digest)),
  },
);

/** What is neither a tag nor a digest is a manifest that nobody has: 404, as the conformance suite wants it. */
function askManifest(name: ChartName, reference: string): Asked {
  if (isTag(reference)) return { kind: "tagged", name, tag: reference };
  if (!reference.startsWith("sha256:")) return refused(unknownManifest(reference));
  return byDigest(reference, unknownManifest, (digest) => ({ kind: "manifest", name, digest }));
}

/** Nothing is stored under a digest of another algorithm. */
function byDigest(
  digest: string,
  unknown: (digest: string) => RegistryRefusal,
  ask: (hex: string) => Asked,
): Asked {
  if (!isDigest(digest)) return refused(invalidDigest(digest));
  const hex = parseDigest(digest);
  return hex === undefined ? refused(unknown(digest)) : ask(hex);
}

/**
 * A name of two parts is a chart of the repository that comes first. One of a single part can only be a
 * chart of the root repository, also where a repository has the same name: charts have no `/` in theirs.
 */
function nameOf(
  segments: readonly string[],
  { root, repositories }: Pick<Config, "root" | "repositories">,
): ChartName | RegistryRefusal {
  const full = segments.join("/");
  if (!isRepositoryName(full)) return invalidName(full);
  const [first = "", chart, ...more] = segments;
  if (chart === undefined)
    return root === undefined ? unknownName(full) : { full, repository: root, chart: first };
  if (more.length > 0 || !Object.hasOwn(repositories, first)) return unknownName(full);
  return { full, repository: first, chart };
}

/** Some clients write `sha256%3A…`. What encodes nothing stays as it is, and is nothing that exists. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const refused = (refusal: RegistryRefusal): Asked => ({ kind: "refused", refusal });
