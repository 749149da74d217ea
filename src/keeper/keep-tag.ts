import { type Descriptor, readManifest } from "../oci/manifest.ts";
import { storeOciDocument } from "../storage/oci-store.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { nextRecheck } from "./next-recheck.ts";
import type { TagReading } from "./tag-reading.ts";
import type { DueTag } from "./tags-table.ts";

/** Blobs of one signature, attestation or bill of materials: each may be as large as a provenance file. */
const mostBlobs = 16;

/**
 * Keeps what stands beside chart versions (cosign's signatures and attestations, Artifact Hub's metadata): its
 * manifest and its blobs, as they came.
 *
 * @throws {UpstreamError}
 * @throws {BudgetSpent}
 */
export async function keepTag(reading: TagReading, tag: DueTag): Promise<void> {
  const { registry, bucket, config, ledger } = reading;
  const recheck = tag.tag.includes(":") ? null : nextRecheck(reading, tag);
  const document = await registry.manifest(tag.chart, tag.tag);
  if (document === undefined) throw new UpstreamError("not-found", `${tag.tag}: the manifest is missing`);
  const { fileBytes } = config.limits;
  const manifest = readManifest(document.bytes, document.mediaType);
  const blobs = manifest.kind === "artifact" ? manifest.blobs : [];
  const why = whyNotKept(blobs, fileBytes);
  if (why !== undefined) {
    ledger.tags.dropped(tag, document.digest, { code: "too-large", message: why }, nextRecheck(reading, tag));
    return;
  }
  for (const blob of blobs) {
    const bytes = await registry.blob(tag.chart, blob, fileBytes);
    if (bytes === undefined) throw new UpstreamError("not-found", `${tag.tag}: a blob is missing`);
    await storeOciDocument(bucket, { digest: blob.digest, mediaType: blob.mediaType, bytes });
  }
  await storeOciDocument(bucket, document);
  ledger.tags.read(tag, document.digest, null, recheck);
}

function whyNotKept(blobs: readonly Descriptor[], fileBytes: number): string | undefined {
  if (blobs.length > mostBlobs) return `${blobs.length} blobs; at most ${mostBlobs} are kept`;
  const large = blobs.find(({ size }) => size > fileBytes);
  return large === undefined ? undefined : `a blob of ${large.size} bytes; see \`limits.file\``;
}
