/**
 * Every key under which something is stored, in one place.
 *
 * Repository names are checked by the configuration and digests by `isSha256`, so no key can leave its folder.
 */
export const archiveKey = (sha256: string): string => `archives/sha256/${sha256}`;

/** What stood under an archive's digest and did not have it: kept for whoever wants to know why, never served. */
export const damagedArchiveKey = (sha256: string): string => `damaged/sha256/${sha256}`;

/**
 * Provenance is stored under the digest of the archive that it signs, by repository: nothing but the
 * repository vouches for it, and one must not replace what another one has for the same archive.
 */
export const provenanceKey = (repository: string, archiveSha256: string): string =>
  `repositories/${repository}/provenance/${archiveSha256}`;

/** What came from registries, under its own digest, so that nobody can replace another's. */
export const ociManifestKey = (sha256: string): string => `oci/manifests/sha256/${sha256}`;

/** Apart from manifests, because a blob may have a manifest's bytes. */
export const ociBlobKey = (sha256: string): string => `oci/blobs/sha256/${sha256}`;

export const headKey = (repository: string): string => `repositories/${repository}/head`;

/** What is withdrawn, of the whole mirror. */
export const withdrawalsKey = "withdrawals";

export const statusKey = (repository: string): string => `repositories/${repository}/status`;

export const historyKey = (repository: string): string => `repositories/${repository}/history`;

/** The index of an HTTP source as it came. @param sourceSha256 of the source's URL */
export const upstreamIndexKey = (repository: string, sourceSha256: string): string =>
  `repositories/${repository}/upstream/${sourceSha256}`;

export const fileKey = (repository: string, file: string): string =>
  `repositories/${repository}/files/${file}`;

export const revisionsPrefix = (repository: string): string => `repositories/${repository}/revisions/`;

export type RevisionDocument =
  | "index.json"
  | "index.json.gz"
  | "latest.json"
  | "latest.json.gz"
  | "newest.txt"
  | "contents.json"
  | "registry.txt";

export const revisionKey = (repository: string, revision: string, document: RevisionDocument): string =>
  `${revisionsPrefix(repository)}${revision}/${document}`;

/** What the operator did, the newest first where keys are listed. */
export const auditPrefix = "audit/";

/** @param at milliseconds since 1970 */
export const auditKey = (at: number, random: string): string =>
  `${auditPrefix}${String(9_999_999_999_999 - at).padStart(13, "0")}-${random}`;

/** What came of it. */
export const auditOutcomeKey = (entry: string): string => `${entry}/outcome`;

/** Lowercase hexadecimal, as Helm's index and the OCI image spec write digests. */
export const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
