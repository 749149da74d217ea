import type { RepositoryConfig } from "../config/config.ts";
import type { Documents } from "../storage/current-revision.ts";
import { statusKey } from "../storage/keys.ts";
import { policiesStatus } from "../storage/policies-status.ts";
import { noVersions, type RepositoryStatus } from "../storage/status.ts";
import { parseStatus } from "../storage/stored-json.ts";

/** What the storage says of a repository's sources; an expected outcome each. */
export type StatusReading =
  { kind: "known"; status: RepositoryStatus } | { kind: "never-synchronised" } | { kind: "unreadable" };

/** One document; whatever is wrong with it costs nothing but this repository's state. */
export async function readStatus({ origin }: Documents, repository: string): Promise<StatusReading> {
  try {
    const text = await origin.text(statusKey(repository));
    if (text === undefined) return { kind: "never-synchronised" };
    const status = parseStatus(text);
    return status === undefined ? { kind: "unreadable" } : { kind: "known", status };
  } catch {
    return { kind: "unreadable" };
  }
}

/** The same shape in every case, so that programs need no second one. */
export function statusToShow(
  reading: StatusReading,
  { sources, policies }: Pick<RepositoryConfig, "sources" | "policies">,
): RepositoryStatus {
  if (reading.kind === "known") return reading.status;
  const unreadable = {
    chart: "",
    version: "",
    code: "status-unreadable",
    message: "The stored state of this repository cannot be read right now.",
  };
  const problems = reading.kind === "unreadable" ? [unreadable] : [];
  return {
    revision: null,
    publishedAt: null,
    charts: 0,
    policies: policiesStatus(policies),
    withheld: null,
    waiting: { count: 0, versions: [] },
    versions: noVersions,
    archiveBytes: 0,
    files: [],
    sources: sources.map(({ url, kind }) => ({
      url,
      kind,
      state: "unknown",
      checkedAt: null,
      succeededAt: null,
      changedAt: null,
      consecutiveFailures: 0,
      checks: { count: 0, seconds: 0 },
      error: null,
      outage: null,
      versions: { shown: 0, listed: 0, only: 0 },
      registry: null,
    })),
    problems,
    problemCount: problems.length,
    mutations: 0,
    work: { count: 0, seconds: 0 },
    pinned: null,
    verify: null,
    integrityFailures: 0,
  };
}
