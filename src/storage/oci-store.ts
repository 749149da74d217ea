import { ociKey } from "./keys.ts";

export type OciBucket = Pick<R2Bucket, "put">;

export interface StoredDocument {
  /** SHA-256 of `bytes`, lowercase hexadecimal: R2 refuses any other. */
  digest: string;
  mediaType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Stores a manifest, a config or what a signature consists of as it came: signatures are made over its bytes. */
export async function storeOciDocument(
  bucket: OciBucket,
  { digest, mediaType, bytes }: StoredDocument,
): Promise<void> {
  await bucket.put(ociKey(digest), bytes, { sha256: digest, httpMetadata: { contentType: mediaType } });
}
