import { isIndexType, isManifestType } from "./media-types.ts";

type Form = "manifest" | "index";

/**
 * Whether a document lists layers or other manifests, or why it is neither.
 *
 * Helm's own manifests have no `mediaType` field (image-spec 1.0 leaves it open), so the Content-Type decides
 * then, and failing that the shape. What could be read as one thing or the other is neither: a registry and
 * its clients might each see another document (CVE-2021-41190).
 */
export function formOf(document: Record<string, unknown>, contentType: string): Form | { why: string } {
  const hasManifests = document["manifests"] !== undefined;
  const hasLayers = document["layers"] !== undefined || document["config"] !== undefined;
  if (hasManifests && hasLayers) return { why: "both a manifest and an index" };
  const written = document["mediaType"];
  if (written !== undefined && typeof written !== "string") return { why: "a mediaType that is no text" };
  const byField = formOfType(written ?? "");
  if (written !== undefined && byField === undefined) {
    return { why: `the media type ${JSON.stringify(written.slice(0, 80).toWellFormed())}` };
  }
  const byHeader = formOfType(contentType);
  if (byField !== undefined && byHeader !== undefined && byField !== byHeader) {
    return { why: "its mediaType contradicts the Content-Type" };
  }
  const byShape = hasManifests ? "index" : hasLayers ? "manifest" : undefined;
  return byField ?? byHeader ?? byShape ?? { why: "neither a manifest nor an index" };
}

function formOfType(mediaType: string): Form | undefined {
  if (isManifestType(mediaType)) return "manifest";
  return isIndexType(mediaType) ? "index" : undefined;
}
