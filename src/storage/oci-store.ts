import { ociBlobKey, ociManifestKey } from "./keys.ts";

export type OciBucket = Pick<R2Bucket, "put" | "head">;

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
  await putUnlessThere(bucket, ociManifestKey(digest), bytes, {
    sha256: digest,
    httpMetadata: { contentType: mediaType },
  });
}

/** Stores a config, or a part of a signature. Its media type stands in the manifests that name it. */
export async function storeOciBlob(
  bucket: OciBucket,
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await putUnlessThere(bucket, ociBlobKey(digest), bytes, { sha256: digest });
}

/**
 * R2 takes about one write a second of one key, and signatures share blobs (an empty config, mostly): what is
 * refused although it is there has what it should.
 */
async function putUnlessThere(
  bucket: OciBucket,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: R2PutOptions,
): Promise<void> {
  try {
    await bucket.put(key, bytes, options);
  } catch (error) {
    if ((await bucket.head(key)) === null) throw error;
  }
}
