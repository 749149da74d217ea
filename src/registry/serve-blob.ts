import { serveObject } from "../http/serve-object.ts";
import { archiveKey, ociBlobKey } from "../storage/keys.ts";
import { readChartLines } from "./chart-lines.ts";
import { rangeNotSatisfiable, refuse, unknownBlob } from "./refusals.ts";
import { documentOf, findSynthetic } from "./registry-line.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";
import { serveBytes } from "./serve-bytes.ts";
import { syntheticDocument } from "./synthetic-documents.ts";

/** What a blob means stands in the manifests that name it; no client looks at the type. */
const blobType = "application/octet-stream";

type Parts = Pick<RegistryParts, "documents" | "contents" | "archives">;

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
  for (const key of [archiveKey(digest), ociBlobKey(digest)]) {
    const object = { key, type: blobType, policy: "byDigest", digest } as const;
    const served = await serveObject(parts.archives, request, object);
    if (served !== undefined) return asBlob(served, digest);
  }
  const lines = await readChartLines(parts, name);
  if ("code" in lines) return refuse(lines);
  const version = findSynthetic(lines.text, digest);
  if (version === undefined || documentOf(version, digest)?.startsWith("manifest") === true)
    return refuse(unknownBlob(`sha256:${digest}`));
  const { repository } = name;
  const { revision } = lines;
  const bytes = await syntheticDocument({ ...parts, repository, revision, version }, digest);
  return asBlob(serveBytes(request, { bytes, digest, type: blobType, policy: "byDigest" }), digest);
}

function asBlob(served: Response, digest: string): Response {
  if (served.status === 416) return refuse(rangeNotSatisfiable(served.headers.get("content-range") ?? ""));
  served.headers.set("Docker-Content-Digest", `sha256:${digest}`);
  return served;
}
