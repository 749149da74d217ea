import { type Descriptor, type Manifest, manifestType, readManifest } from "../oci/manifest.ts";
import { referrerDescriptor } from "../oci/referrer-descriptor.ts";
import { storeOciBlob, storeOciManifest } from "../storage/oci-store.ts";
import type { OciDocument } from "../upstream/oci-registry.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { nextRecheck } from "./next-recheck.ts";
import { type TagReading, mayGoOn } from "./tag-reading.ts";
import type { KeptRow } from "./kept-table.ts";
import type { DueTag } from "./tag-queue.ts";

/** Blobs of one signature, attestation or bill of materials: each may be as large as a provenance file. */
const mostBlobs = 16;
/** Manifests under one fallback tag of the referrers API. */
const mostManifests = 16;

/**
 * Keeps what stands beside chart versions (cosign's signatures and attestations, Artifact Hub's metadata): its
 * manifest and its blobs, as they came. Behind the fallback tag of the referrers API (distribution-spec 1.1,
 * "Referrers Tag Schema") is an index, whose manifests are then due themselves.
 *
 * @throws {UpstreamError}
 * @throws {BudgetSpent} also where the time is over
 */
export async function keepTag(reading: TagReading, tag: DueTag): Promise<void> {
  const { registry, bucket, config, ledger, now } = reading;
  const document = await registry.manifest(tag.chart, tag.tag);
  if (document === undefined) throw new UpstreamError("not-found", `${tag.tag}: the manifest is missing`);
  const manifest = readManifest(document.bytes, document.mediaType);
  const refusal = whyNotKept(manifest, config.limits.fileBytes);
  if (refusal !== undefined) {
    ledger.tagQueue.dropped(tag, document.digest, refusal, nextRecheck(reading, tag));
    return;
  }
  if (manifest.kind === "artifact") await keepBlobs(reading, tag, manifest.blobs);
  await storeOciManifest(bucket, { ...document, mediaType: manifestType(document.bytes) });
  ledger.transaction(() => {
    if (manifest.kind === "index") {
      for (const { digest } of manifest.manifests) {
        ledger.tags.add(
          tag.source,
          tag.chart,
          { tag: `sha256:${digest}`, sortKey: undefined },
          { due: now() },
        );
      }
    }
    if (ledger.kept.keep(tag.source, keptRow(tag, manifest, document), now())) ledger.listingChanged();
    const isFixed = tag.tag.includes(":");
    ledger.tagQueue.read(tag, document.digest, null, isFixed ? null : nextRecheck(reading, tag));
  });
}

/** What has no tag is found by what it refers to. */
function keptRow({ chart, tag }: DueTag, manifest: Manifest, { digest, bytes }: OciDocument): KeptRow {
  const subject = manifest.kind === "artifact" ? manifest.subject : undefined;
  return {
    chart,
    reference: tag.includes(":") ? `sha256:${subject ?? digest}` : tag,
    manifest: digest,
    subject: subject ?? null,
    descriptor: JSON.stringify(referrerDescriptor(bytes, digest)),
  };
}

async function keepBlobs(reading: TagReading, tag: DueTag, blobs: readonly Blob[]): Promise<void> {
  for (const blob of blobs) {
    if (!mayGoOn(reading)) throw new BudgetSpent();
    const kept = reading.blobs.get(blob.digest) ?? keepBlob(reading, tag, blob);
    reading.blobs.set(blob.digest, kept);
    kept.catch(() => reading.blobs.delete(blob.digest));
    await kept;
  }
}

type Blob = Pick<Descriptor, "digest" | "size">;

async function keepBlob({ registry, bucket, config }: TagReading, tag: DueTag, blob: Blob): Promise<void> {
  const bytes = await registry.blob(tag.chart, blob, config.limits.fileBytes);
  if (bytes === undefined) throw new UpstreamError("not-found", `${tag.tag}: a blob is missing`);
  await storeOciBlob(bucket, blob.digest, bytes);
}

function whyNotKept(manifest: Manifest, fileBytes: number): { code: string; message: string } | undefined {
  if (manifest.kind === "unusable") return { code: "malformed-answer", message: manifest.why };
  if (manifest.kind === "index" && manifest.manifests.length > mostManifests) {
    return {
      code: "too-large",
      message: `${manifest.manifests.length} manifests; at most ${mostManifests} are kept`,
    };
  }
  if (manifest.kind !== "artifact") return undefined;
  const { blobs } = manifest;
  if (blobs.length > mostBlobs) {
    return { code: "too-large", message: `${blobs.length} blobs; at most ${mostBlobs} are kept` };
  }
  const large = blobs.find(({ size }) => size > fileBytes);
  if (large === undefined) return undefined;
  return { code: "too-large", message: `a blob of ${large.size} bytes; see \`limits.file\`` };
}
