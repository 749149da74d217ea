/** What a repository lists of what its sources have, beyond "everything, for good". */
export interface Policies {
  /** A version that no source shows any more: stays listed (`keep`), or is hidden after a while (`hide`). */
  removal: "keep" | "hide";
  guard: Guard;
  /** A version published again with other bytes: the digest listed first stays (`pin`), or the newer one is listed (`follow`). */
  change: "pin" | "follow";
  /** Seconds for which a version has to have been seen before it is listed. */
  minimumAge: number;
  /** Only what one of these rules names is mirrored; empty: everything. */
  include: VersionRule[];
  /** What one of these rules names is not mirrored. */
  exclude: VersionRule[];
  /** So many of the newest versions of every chart are mirrored. */
  keepNewest?: number;
  /** List only versions whose provenance verifies against the keyring. */
  requireProvenance: boolean;
  /**
   * OpenPGP public keys, each block armored (RFC 9580 section 6.2). Until `readKeyrings` has put them in place, what
   * mirror.yaml says: files, too.
   */
  keyring: string[];
}

/** When a loss that `removal: hide` would follow is not believed at once. */
export interface Guard {
  /** A loss of more than this share (0 to 1) of the listed versions, and of more than this number, is withheld. */
  maxLoss: { share: number; count: number };
  /** Seconds for which a withheld loss has to be seen unchanged before it is followed. */
  confirmAfter: number;
  /** Seconds after the end of an outage in which any loss is withheld. */
  afterRecovery: number;
  /** Seconds after which a smaller loss is followed. */
  grace: number;
}

export interface VersionRule {
  /** A chart's name, in which `*` stands for any text. */
  chart: string;
  /** A range as npm's semver has it; without it all versions. */
  versions?: string;
}

const day = 86_400;

export const defaultPolicies: Policies = {
  removal: "keep",
  guard: { maxLoss: { share: 0.1, count: 3 }, confirmAfter: 7 * day, afterRecovery: day, grace: day },
  change: "pin",
  minimumAge: 0,
  include: [],
  exclude: [],
  requireProvenance: false,
  keyring: [],
};
