import { archiveKey, damagedArchiveKey, provenanceKey } from "./keys.ts";

export type ArchiveBucket = Pick<R2Bucket, "put">;
export type ProvenanceBucket = Pick<R2Bucket, "put" | "get">;

export type DamageBucket = Pick<R2Bucket, "put" | "get" | "head" | "delete">;

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

/** Whether R2 has the archive, and compared its bytes with the digest when it took them. */
export async function archiveIsStored(bucket: Pick<R2Bucket, "head">, digest: string): Promise<boolean> {
  const compared = (await bucket.head(archiveKey(digest)))?.checksums.sha256;
  return compared !== undefined && new Uint8Array(compared).toHex() === digest;
}

/**
 * Moves wrong bytes away from the digest under which they stand.
 *
 * @param etag of the object with the wrong bytes: one that has replaced it meanwhile stays
 */
export async function setAside(bucket: DamageBucket, digest: string, etag: string): Promise<void> {
  const key = archiveKey(digest);
  const object = await bucket.get(key, { onlyIf: { etagMatches: etag } });
  if (object === null || !("body" in object)) return;
  await bucket.put(damagedArchiveKey(digest), object.body);
  // R2 has no conditional delete: looking once more leaves a moment in which a repair could be deleted again.
  if ((await bucket.head(key))?.etag === etag) await bucket.delete(key);
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

/** The same in place of what is there, where nobody was led to that. */
export async function replaceProvenance(
  bucket: ProvenanceBucket,
  repository: string,
  archiveDigest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  await bucket.put(provenanceKey(repository, archiveDigest), bytes);
  return bytes;
}

/** Lowercase hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
