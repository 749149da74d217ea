import { ociIndexType } from "../oci/media-types.ts";
import type { KeptDescriptor, KeptManifest } from "../storage/registry-lines.ts";
import { readChartLines } from "./chart-lines.ts";
import { refuse } from "./refusals.ts";
import { findReferrers } from "./registry-line.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";
import { serveJson } from "./serve-json.ts";

/**
 * Distribution-spec, "Listing Referrers": those found under the fallback tag are kept with their subject too,
 * so they stand in the list. It is empty, and no 404, for what nothing refers to.
 *
 * @param subject digest in hexadecimal
 * @throws StorageUnavailable
 */
export async function serveReferrers(
  parts: Pick<RegistryParts, "documents" | "contents" | "withdrawals">,
  request: Request,
  name: ChartName,
  subject: string,
): Promise<Response> {
  const lines = await readChartLines(parts, name);
  if ("code" in lines) return refuse(lines);
  const wanted = new URL(request.url).searchParams.getAll("artifactType").filter((type) => type !== "");
  const listed = findReferrers(lines.text, subject)
    .map(({ descriptor }: KeptManifest) => descriptor)
    .filter(({ artifactType = "" }) => wanted.length === 0 || wanted.includes(artifactType));
  const manifests = distinct(listed).map(({ digest, ...descriptor }) => ({
    ...descriptor,
    digest: `sha256:${digest}`,
  }));
  const filtered = wanted.length > 0 ? { "OCI-Filters-Applied": "artifactType" } : {};
  const index = { schemaVersion: 2, mediaType: ociIndexType, manifests };
  return await serveJson(request, index, {
    type: ociIndexType,
    headers: filtered,
    repositories: [name.repository],
  });
}

/** A manifest that is kept under two tags is one referrer. */
const distinct = (descriptors: readonly KeptDescriptor[]): KeptDescriptor[] => [
  ...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values(),
];
