/** Where an archive may be fetched, and by which source's rules. */
export interface ArchiveAddress {
  /** URL of the source, as configured. */
  source: string;
  /**
   * An archive's URL; of a registry: `oci://host/path/chart@sha256:<hex of the archive>`; of a member:
   * `member:<repository>/<hex of the archive>`.
   */
  url: string;
  /** SHA-256 of the provenance, lowercase hexadecimal, where the registry's manifest names one. */
  provenance?: string;
}

/** What knows the provenance of the archives that a source lists. */
export interface ProvenanceSource {
  /**
   * The archive's provenance, or `undefined` where the source says that it has none.
   * @throws {UpstreamError}
   * @throws {BudgetSpent}
   */
  provenance(address: ArchiveAddress): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** What can hand over the archives that a source lists. */
export interface ArchiveSource extends ProvenanceSource {
  /**
   * Hands the archive's bytes to `use`, and keeps them counted as held until it is done.
   * @throws {UpstreamError}
   * @throws {BudgetSpent}
   */
  archive<T>(address: ArchiveAddress, use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T>;
}

/** A source whose archives lie in this mirror's storage already: they are looked up, not copied. */
export interface StoredArchives extends ProvenanceSource {
  /** Size of a stored archive in bytes, or `undefined` where it is not there. @param digest SHA-256, in hex */
  archiveSize(digest: string): Promise<number | undefined>;
}

export type Archives = ArchiveSource | StoredArchives;
