import { archiveKey, provenanceKey } from "./keys.ts";

export type ArchiveBucket = Pick<R2Bucket, "put">;
export type ProvenanceBucket = Pick<R2Bucket, "put" | "get">;

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

/**
 * Stores the provenance of an archive. What is there already stays: its digest may be published.
 *
 * @returns what is stored now
 */
export async function storeProvenance(
  bucket: ProvenanceBucket,
  repository: string,
  archiveDigest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = provenanceKey(repository, archiveDigest);
  const put = await bucket.put(key, bytes, { onlyIf: { etagDoesNotMatch: "*" } });
  if (put !== null) return bytes;
  const before = await bucket.get(key);
  return before === null ? bytes : new Uint8Array(await before.arrayBuffer());
}

/** Lowercase hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
