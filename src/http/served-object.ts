import { archiveKey, fileKey, provenanceKey } from "../storage/keys.ts";
import type { cachePolicy } from "./cache-policy.ts";
import { archiveType, fileType, provenanceType } from "./content-types.ts";

/** A stored object and how it is to be served. */
export interface ServedObject {
  key: string;
  type: string;
  policy: keyof typeof cachePolicy;
  /** Of an archive: its entity tag, and the promise that ranges of it fit together. */
  digest?: string;
  /** SHA-256 of what makes a kept answer outdated when it is withdrawn: itself, or the archive that it belongs to. */
  withdrawnWith?: string;
  /** Whose publications make a kept answer outdated. */
  repository?: string;
}

/** @param digest of the archive in both cases */
export const byDigest = (repository: string, kind: "archive" | "provenance", digest: string): ServedObject =>
  kind === "archive"
    ? { key: archiveKey(digest), type: archiveType, policy: "byDigest", digest, withdrawnWith: digest }
    : {
        key: provenanceKey(repository, digest),
        type: provenanceType,
        policy: "byDigest",
        withdrawnWith: digest,
      };

/** @param file a name that the configuration lists */
export const smallFile = (repository: string, file: string): ServedObject => ({
  key: fileKey(repository, file),
  type: fileType(file),
  policy: "file",
  repository,
});
