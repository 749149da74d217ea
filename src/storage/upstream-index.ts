import { sha256 } from "./archive-store.ts";
import { upstreamIndexKey } from "./keys.ts";

/**
 * `repositories/<name>/upstream/<SHA-256 of the source's URL>`: the index of an HTTP source exactly as it came,
 * when it was last read whole and found good; gzip over it. Its custom metadata says what R2 cannot know.
 */
export interface UpstreamIndex {
  /** Of the source. */
  url: string;
  /** RFC 3339: when it was read. */
  fetchedAt: string;
  /** Of the document without gzip, in bytes. */
  bytes: number;
}

/** Replaces the one that is there. */
export async function storeUpstreamIndex(
  bucket: Pick<R2Bucket, "put">,
  repository: string,
  { url, fetchedAt, bytes }: UpstreamIndex,
  gzip: Blob,
): Promise<void> {
  const key = upstreamIndexKey(repository, await sha256(new Uint8Array(new TextEncoder().encode(url))));
  await bucket.put(key, gzip, { customMetadata: { url, fetchedAt, bytes: String(bytes) } });
}
