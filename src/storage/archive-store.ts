import { archiveKey, provenanceKey } from "./keys.ts";

export type ArchiveBucket = Pick<R2Bucket, "put">;

export type StoreOutcome = { kind: "stored"; digest: string } | { kind: "mismatch"; actual: string };

/**
 * Stores an archive under its SHA-256. Where the digest is known beforehand R2 itself compares, so that no
 * byte is ever stored under a digest that it does not have, and nothing is hashed twice.
 *
 * @param expected lowercase hexadecimal, or `undefined` where the index lists none
 */
export async function storeArchive(
  bucket: ArchiveBucket,
  bytes: Uint8Array<ArrayBuffer>,
  expected: string | undefined,
): Promise<StoreOutcome> {
  const digest = expected ?? (await sha256(bytes));
  try {
    await bucket.put(archiveKey(digest), bytes, { sha256: digest });
    return { kind: "stored", digest };
  } catch (error) {
    // R2's refusal has no code of its own: what the bytes really are tells it from a failing store.
    const actual = await sha256(bytes);
    if (actual === digest) throw error;
    return { kind: "mismatch", actual };
  }
}

export async function storeProvenance(
  bucket: ArchiveBucket,
  repository: string,
  archiveDigest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await bucket.put(provenanceKey(repository, archiveDigest), bytes);
}

/** Lowercase hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
