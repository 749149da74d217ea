import { sha256 } from "./archive-store.ts";
import { upstreamIndexKey } from "./keys.ts";
import { type UploadBucket, UnmeasuredUpload } from "./unmeasured-upload.ts";

/**
 * `repositories/<name>/upstream/<SHA-256 of the source's URL>`: the index of an HTTP source exactly as it came,
 * when it was last read whole and found good. As custom metadata it has what R2 cannot know.
 */
export interface UpstreamIndexMetadata {
  /** Of the source. */
  url: string;
  /** RFC 3339: when it was read. */
  fetchedAt: string;
}

/** Not compressed: that would take more time than reading the index does. */
export async function uploadUpstreamIndex(
  bucket: UploadBucket,
  repository: string,
  { url, fetchedAt }: UpstreamIndexMetadata,
): Promise<UnmeasuredUpload> {
  const key = await keyOfUpstreamIndex(repository, url);
  return new UnmeasuredUpload(bucket, key, { customMetadata: { url, fetchedAt } });
}

/** @param url of the source */
export async function keyOfUpstreamIndex(repository: string, url: string): Promise<string> {
  return upstreamIndexKey(repository, await sha256(new Uint8Array(new TextEncoder().encode(url))));
}
