/** `repositories/<name>/status`: what the Keeper knows of a repository; `/status.json` shows it as it is. */
export interface RepositoryStatus {
  /** null before the first publication. */
  revision: string | null;
  /** RFC 3339; null before the first publication. */
  publishedAt: string | null;
  /** Charts with at least one listed version. */
  charts: number;
  versions: {
    /** In the published index. */
    listed: number;
    /** Archives in storage, listed or not. */
    stored: number;
    /** Waiting to be copied, retries included. */
    pending: number;
    /** Given up: the upstream does not have it, or has other bytes than it lists. */
    failed: number;
    /** Entries of the upstream's index that cannot be used. */
    dropped: number;
  };
  /** Bytes of all archives in storage for this repository. */
  archiveBytes: number;
  sources: SourceStatus[];
  /** At most `problemsShown`, the most recent first. */
  problems: Problem[];
  problemCount: number;
}

export interface SourceStatus {
  url: string;
  kind: "http";
  state: "ok" | "failing" | "unknown";
  /** RFC 3339 each, or null. */
  checkedAt: string | null;
  succeededAt: string | null;
  changedAt: string | null;
  consecutiveFailures: number;
  error: { code: string; message: string } | null;
}

export interface Problem {
  chart: string;
  version: string;
  code: string;
  message: string;
}
