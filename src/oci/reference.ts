/** The grammar of names, tags and digests: OCI distribution-spec 1.1, "Pulling manifests". */
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const namePart = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const namePattern = new RegExp(`^${namePart}(?:/${namePart})*$`);
const longestName = 255;
const digestPattern = /^sha256:([0-9a-f]{64})$/i;
/** Of any algorithm (image-spec, "Digests"); the registered ones say how long they are. */
const anyDigestPattern = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):[a-zA-Z0-9=_-]+$/;
const registeredPattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const subjectPattern = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** The tag under which a publisher tells Artifact Hub who owns the repository. */
export const artifactHubTag = "artifacthub.io";

export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

export function isRepositoryName(text: string): boolean {
  return text.length <= longestName && namePattern.test(text);
}

/** A tag cannot hold the `+` of a SemVer version; Helm writes `_`, which no version can hold. */
export function tagOfVersion(version: string): string {
  return version.replaceAll("+", "_");
}

export function versionOfTag(tag: string): string {
  return tag.replaceAll("_", "+");
}

/** `sha256:<hex>` → lowercase hex. Other algorithms are `undefined`: nothing here could verify them. */
export function parseDigest(text: string): string | undefined {
  return digestPattern.exec(text)?.[1]?.toLowerCase();
}

/** Whether this is a digest as the image-spec defines it, of whichever algorithm. */
export function isDigest(text: string): boolean {
  const algorithm = anyDigestPattern.exec(text)?.[1];
  if (algorithm === "sha256" || algorithm === "sha512") return registeredPattern.test(text);
  return algorithm !== undefined;
}

/**
 * What a tag like `sha256-<hex>.sig` speaks of, in hex. Cosign's scheme (`.sig`, `.att`, `.sbom`), and the
 * fallback of the distribution-spec ("Referrers Tag Schema"), which has no suffix.
 */
export function signatureSubject(tag: string): string | undefined {
  return subjectPattern.exec(tag)?.[1];
}

/** An archive in a registry: `oci://host/path/chart@sha256:<hex of the archive>`. */
export function archiveAddress(sourceUrl: string, chart: string, hex: string): string {
  return `${sourceUrl}/${chart}@sha256:${hex}`;
}

/** Undoes `archiveAddress`; `undefined` where the address is none, or lies outside of the source. */
export function parseArchiveAddress(
  sourceUrl: string,
  address: string,
): { chart: string; hex: string } | undefined {
  const base = `${sourceUrl}/`;
  const at = address.lastIndexOf("@");
  if (!address.startsWith(base) || at < base.length) return undefined;
  const chart = address.slice(base.length, at);
  const hex = parseDigest(address.slice(at + 1));
  return hex === undefined || !isRepositoryName(chart) ? undefined : { chart, hex };
}

/** A chart version in a registry, as an index may name it. */
export interface ChartReference {
  /** `oci://host[:port][/path]`: what a source's URL would be. */
  registry: string;
  chart: string;
  /** A tag, or `sha256:<hex>` of a manifest. */
  reference: string;
}

/**
 * Reads `oci://host/path/chart:tag`, or `…@sha256:<hex>`, which Helm takes as an archive's URL too. Without
 * either it names no version: `undefined`.
 */
export function parseChartReference(text: string): ChartReference | undefined {
  const [, registry = "", chart = "", tag, digest] =
    /^(oci:\/\/[^/?#@\s]+(?:\/[^?#@:\s]+)?)\/([^/?#@:\s]+)(?::([^/?#@:\s]+))?(?:@(sha256:[0-9a-fA-F]{64}))?$/.exec(
      text,
    ) ?? [];
  const reference = digest?.toLowerCase() ?? (tag === undefined ? "" : tagOfVersion(tag));
  if (!isRepositoryName(chart) || (digest === undefined && !isTag(reference))) return undefined;
  return { registry, chart, reference };
}

/** What people write, and what `docker pull` means, are not where Docker Hub's registry is. */
const dockerHub = /^(?:index\.)?docker\.io(?=\/|$)/i;

/**
 * Where the registry of a source is, and the path below which its charts are.
 * @param sourceUrl `oci://host[:port][/path]`, without a trailing slash
 */
export function registryOf(sourceUrl: string, plainHttp: boolean): { origin: string; path: string } {
  const address = sourceUrl.slice("oci://".length).replace(dockerHub, "registry-1.docker.io");
  // Read as a web address, so that odd spellings of hosts are brought into their canonical form.
  const url = new URL(`${plainHttp ? "http" : "https"}://${address}`);
  return { origin: url.origin, path: url.pathname.slice(1) };
}
