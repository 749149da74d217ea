import { manifestType } from "../oci/manifest.ts";
import { syntheticManifestType } from "../oci/synthesise.ts";
import { ociManifestKey } from "../storage/keys.ts";
import type { ArchiveReader } from "../storage/archives.ts";
import type { RegistryVersion } from "../storage/registry-lines.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { withdrawnArtifact } from "../storage/withdrawals.ts";
import { type ChartLines, readChartLines } from "./chart-lines.ts";
import { readBytes } from "../storage/read-bytes.ts";
import { refuse, unknownManifest, withdrawn } from "./refusals.ts";
import { documentOf, findSynthetic, findTag } from "./registry-line.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";
import { serveBytes, type ServedBytes } from "./serve-bytes.ts";
import { syntheticDocument } from "./synthetic-documents.ts";
import { withdrawnSynthetic, withdrawnTag } from "./withdrawn-lines.ts";

type Parts = Pick<RegistryParts, "documents" | "contents" | "archives" | "withdrawals">;

/**
 * The manifest to which a tag leads: the one with which the chart came from a registry, otherwise a synthetic
 * one; or what is kept under the tag. Four storage reads.
 *
 * @throws StorageUnavailable
 */
export async function serveTagged(
  parts: Parts,
  request: Request,
  name: ChartName,
  tag: string,
): Promise<Response> {
  const lines = await readChartLines(parts, name);
  const line = "code" in lines ? undefined : findTag(lines.text, tag);
  if ("code" in lines || line === undefined) {
    const entry = withdrawnTag(await parts.withdrawals.read(), name, tag);
    if (entry !== undefined) return refuse(withdrawn(entry, name));
    return refuse("code" in lines ? lines : unknownManifest(tag));
  }
  const policy = { policy: "index", repositories: [name.repository] } as const;
  const digest = line.kind === "kept" ? line.descriptor.digest : line.original;
  if (digest === undefined && line.kind === "version")
    return serveManifest(request, await synthetic(parts, name, lines, line, line.synthetic.manifest), policy);
  // A tag beside the versions leads where its author likes.
  const entry = digest && withdrawnArtifact(await parts.withdrawals.read(), digest);
  if (entry) return refuse(withdrawn(entry, name));
  const stored = digest === undefined ? undefined : await storedManifest(parts.archives, digest);
  if (stored === undefined) throw new StorageUnavailable(`The manifest of ${name.full}:${tag} is missing.`);
  return serveManifest(request, stored, policy);
}

/**
 * One storage read where the manifest is stored. Otherwise it may be a synthetic one of the chart, also the
 * one without provenance that was served until the provenance was found.
 *
 * @throws StorageUnavailable
 */
export async function serveManifestByDigest(
  parts: Parts,
  request: Request,
  name: ChartName,
  digest: string,
): Promise<Response> {
  const { repository } = name;
  const [stored, withdrawals] = await Promise.all([
    storedManifest(parts.archives, digest),
    parts.withdrawals.read(),
  ]);
  const entry = withdrawnArtifact(withdrawals, digest);
  if (entry !== undefined) return refuse(withdrawn(entry, { repository, digest }));
  if (stored !== undefined) return serveManifest(request, stored, { policy: "byDigest" });
  const lines = await readChartLines(parts, name);
  if ("code" in lines) return refuse(lines);
  const made = withdrawnSynthetic(withdrawals, lines, digest);
  if (made !== undefined) return refuse(withdrawn(made, { repository, digest }));
  const version = findSynthetic(lines.text, digest);
  if (version === undefined || !documentOf(version, digest)?.startsWith("manifest"))
    return refuse(unknownManifest(`sha256:${digest}`));
  return serveManifest(request, await synthetic(parts, name, lines, version, digest), { policy: "byDigest" });
}

type Manifest = Pick<ServedBytes, "bytes" | "type" | "digest">;

async function storedManifest(archives: ArchiveReader, digest: string): Promise<Manifest | undefined> {
  const found = await archives.open(ociManifestKey(digest));
  if (found?.kind !== "open") return undefined;
  const bytes = await readBytes(found.body);
  return { bytes, digest, type: manifestType(bytes) };
}

async function synthetic(
  parts: Parts,
  { repository }: ChartName,
  { revision }: ChartLines,
  version: RegistryVersion,
  digest: string,
): Promise<Manifest> {
  const bytes = await syntheticDocument({ ...parts, repository, revision, version }, digest);
  return { bytes, digest, type: syntheticManifestType };
}

const serveManifest = (
  request: Request,
  manifest: Manifest,
  policy: Pick<ServedBytes, "policy" | "repositories">,
): Response =>
  serveBytes(request, {
    ...manifest,
    ...policy,
    headers: { "Docker-Content-Digest": `sha256:${manifest.digest}` },
  });
