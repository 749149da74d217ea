import { ociBlobKey, ociManifestKey } from "./keys.ts";

export type OciBucket = Pick<R2Bucket, "put">;

export interface StoredManifest {
  /** SHA-256 of `bytes`, lowercase hexadecimal: R2 refuses any other. */
  digest: string;
  /** Follows from the bytes alone: nobody can give another one to somebody else's manifest. */
  mediaType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Stores a manifest as it came: signatures are made over its bytes. */
export async function storeOciManifest(
  bucket: OciBucket,
  { digest, mediaType, bytes }: StoredManifest,
): Promise<void> {
  const httpMetadata = { contentType: mediaType };
  await bucket.put(ociManifestKey(digest), bytes, { sha256: digest, httpMetadata });
}

/** Stores a config, or a part of a signature. Its media type stands in the manifests that name it. */
export async function storeOciBlob(
  bucket: OciBucket,
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await bucket.put(ociBlobKey(digest), bytes, { sha256: digest });
}
