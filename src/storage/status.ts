/** `repositories/<name>/status`: what the Keeper knows of a repository; `/status.json` shows it as it is. */
export interface RepositoryStatus {
  /** null before the first publication. */
  revision: string | null;
  /** RFC 3339; null before the first publication. */
  publishedAt: string | null;
  /** Charts with at least one listed version. */
  charts: number;
  versions: VersionCounts;
  policies: PoliciesStatus;
  /** Versions that no source shows any more, and that are listed until that is confirmed; null: none. */
  withheld: WithheldLosses | null;
  waiting: WaitingVersions;
  /** Bytes of all archives in storage for this repository. */
  archiveBytes: number;
  /** Names of the small files that are stored. */
  files: string[];
  sources: SourceStatus[];
  /** At most `problemsShown`: what storage has lost, then the most recent first. */
  problems: Problem[];
  problemCount: number;
  /** Versions of which other bytes are known than those that are listed. */
  mutations: number;
  /** Units of work that had something to do. */
  work: Durations;
  /** Where the operator holds the repository at an older revision; null where nobody does. */
  pinned: { revision: string; since: string } | null;
  /** The last verification of what is stored, or the one that goes on; null before the first. */
  verify: Verification | null;
  /** Stored archives and provenance that were found missing or damaged and are not repaired yet. */
  integrityFailures: number;
}

/** How many versions are in which state. */
export interface VersionCounts {
  /** In the published index. */
  listed: number;
  /** Archives in storage, listed or not. */
  stored: number;
  /** Waiting to be copied, retries included; or for their provenance to be verified, where that is required. */
  pending: number;
  /** Given up: the upstream does not have it, or has other bytes than it lists. */
  failed: number;
  /** Entries of the upstream's index that cannot be used. */
  dropped: number;
  /** Shown by no source any more, and therefore not listed (`removal: hide`). */
  hidden: number;
  /** Not mirrored, by `include`, `exclude` or `keepNewest`. */
  skipped: number;
  /** Not listed because their provenance is missing or does not verify, where that is required. */
  unverified: number;
  /** Withdrawn by the operator, here or with the same bytes elsewhere in the mirror. */
  withdrawn: number;
}

/** Of a repository that has none in any state. */
export const noVersions: VersionCounts = {
  listed: 0,
  stored: 0,
  pending: 0,
  failed: 0,
  dropped: 0,
  hidden: 0,
  skipped: 0,
  unverified: 0,
  withdrawn: 0,
};

/** How often something was done, and how long it took in all; since the ledger began. */
export interface Durations {
  count: number;
  seconds: number;
}

/** Stored archives were hashed and compared with the digests under which they are stored. */
export interface Verification {
  /** RFC 3339; `endedAt` is null while it goes on. */
  startedAt: string;
  endedAt: string | null;
  /** Archives looked at so far, and that there were when it began. */
  checked: number;
  total: number;
  /** Archives and provenance that were missing or had other bytes; and how many of those are there again. */
  damaged: number;
  repaired: number;
  /** Archives that R2 did not give, though it gave others: they are looked at again. Nothing is known of them. */
  unread: number;
}

/** As configured. Times in seconds. */
export interface PoliciesStatus {
  removal: "keep" | "hide";
  guard: {
    maxLoss: { share: number; count: number };
    confirmAfter: number;
    afterRecovery: number;
    grace: number;
  };
  change: "pin" | "follow";
  minimumAge: number;
  include: { chart: string; versions?: string }[];
  exclude: { chart: string; versions?: string }[];
  /** null: all. */
  keepNewest: number | null;
  requireProvenance: boolean;
  /** How many keys there are. */
  keyring: number;
}

export interface WithheldLosses {
  count: number;
  /** RFC 3339: when a version was last lost or came back. */
  since: string;
  reason: "large-loss" | "after-recovery";
  /** RFC 3339: they are hidden then, unless something changes. */
  followsAt: string;
}

/** Versions, or other bytes of them, that are not listed because they are not old enough. */
export interface WaitingVersions {
  count: number;
  /** The first few. */
  versions: { chart: string; version: string; digest: string; listableAt: string }[];
}

export interface SourceStatus {
  /** Of a member: `member:<repository>`. */
  url: string;
  kind: "http" | "oci" | "member";
  state: "ok" | "failing" | "unknown";
  /** RFC 3339 each, or null. */
  checkedAt: string | null;
  succeededAt: string | null;
  changedAt: string | null;
  consecutiveFailures: number;
  /** Those that came to an end, well or not. */
  checks: Durations;
  error: { code: string; message: string } | null;
  /** The outage that goes on (`until` null), or the last one that ended. */
  outage: { since: string; until: string | null; code: string; message: string } | null;
  /** What it contributes: chart versions that it shows now, those of them that are listed, and that only it has. */
  versions: { shown: number; listed: number; only: number };
  /** Of a registry that was asked; null otherwise. */
  registry: RegistryStatus | null;
}

export interface RegistryStatus {
  /** Charts that it has. */
  charts: number;
  /** Charts that were asked for and are not there; the first few. */
  absent: string[];
  absentCount: number;
  /** Charts that it does not show to us; the first few. */
  denied: string[];
  deniedCount: number;
  /** Charts whose tags it could not list at the last check, and why; the first few. */
  failed: { chart: string; code: string; message: string }[];
  failedCount: number;
  /** Tags that are neither chart versions nor kept beside one. */
  ignoredTags: number;
  /** Signatures, attestations and the like that are kept beside its charts. */
  kept: number;
}

export interface Problem {
  chart: string;
  version: string;
  code: string;
  message: string;
  /** Where two digests of one version are known: the one that stays listed, and the other. */
  listed?: ShownDigest;
  other?: ShownDigest;
}

export interface ShownDigest {
  /** SHA-256, lowercase hexadecimal. */
  digest: string;
  /** URLs of the sources that show it now. */
  sources: string[];
}
