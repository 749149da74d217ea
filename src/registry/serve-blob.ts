import { serveObject } from "../http/serve-object.ts";
import type { ArchiveReader } from "../storage/archives.ts";
import { archiveKey, ociBlobKey } from "../storage/keys.ts";
import { withdrawnArchive, withdrawnArtifact } from "../storage/withdrawals.ts";
import { readChartLines } from "./chart-lines.ts";
import { rangeNotSatisfiable, refuse, unknownBlob, withdrawn } from "./refusals.ts";
import { documentOf, findSynthetic } from "./registry-line.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";
import { serveBytes } from "./serve-bytes.ts";
import { syntheticDocument } from "./synthetic-documents.ts";
import { withdrawnSynthetic } from "./withdrawn-lines.ts";

/** What a blob means stands in the manifests that name it; no client looks at the type. */
const blobType = "application/octet-stream";

type Parts = Pick<RegistryParts, "documents" | "contents" | "archives" | "withdrawals">;

/**
 * An archive costs one storage read, a blob that came from a registry two; otherwise it may be the config or
 * the provenance of one of the chart's versions.
 *
 * @throws StorageUnavailable
 */
export async function serveBlob(
  parts: Parts,
  request: Request,
  name: ChartName,
  digest: string,
): Promise<Response> {
  const { repository } = name;
  const [stored, withdrawals] = await Promise.all([
    storedBlob(parts.archives, request, digest),
    parts.withdrawals.read(),
  ]);
  const entry = withdrawnArtifact(withdrawals, digest);
  if (entry !== undefined && (stored !== undefined || withdrawnArchive(withdrawals, digest) !== undefined)) {
    await stored?.body?.cancel();
    return refuse(withdrawn(entry, { repository, digest }));
  }
  if (stored !== undefined) return asBlob(stored, digest);
  const lines = await readChartLines(parts, name);
  if ("code" in lines) return refuse(entry === undefined ? lines : withdrawn(entry, { repository, digest }));
  const version = findSynthetic(lines.text, digest);
  // Another publisher's version, with other bytes and the same metadata, has the same config: that one stays.
  if (version === undefined || documentOf(version, digest)?.startsWith("manifest") === true) {
    const made = entry ?? withdrawnSynthetic(withdrawals, lines, digest);
    return refuse(
      made === undefined ? unknownBlob(`sha256:${digest}`) : withdrawn(made, { repository, digest }),
    );
  }
  const { revision } = lines;
  const bytes = await syntheticDocument({ ...parts, repository, revision, version }, digest);
  return asBlob(serveBytes(request, { bytes, digest, type: blobType, policy: "byDigest" }), digest);
}

async function storedBlob(
  archives: ArchiveReader,
  request: Request,
  digest: string,
): Promise<Response | undefined> {
  for (const key of [archiveKey(digest), ociBlobKey(digest)]) {
    const object = { key, type: blobType, policy: "byDigest", digest, withdrawnWith: digest } as const;
    const served = await serveObject(archives, request, object);
    if (served !== undefined) return served;
  }
  return undefined;
}

function asBlob(served: Response, digest: string): Response {
  if (served.status === 416) return refuse(rangeNotSatisfiable(served.headers.get("content-range") ?? ""));
  served.headers.set("Docker-Content-Digest", `sha256:${digest}`);
  return served;
}
