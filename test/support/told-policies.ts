import { defaultPolicies } from "../../src/config/policies.ts";
import { policiesStatus } from "../../src/storage/policies-status.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";

/** Of a repository that has none in any state. */
export const noVersions: RepositoryStatus["versions"] = {
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

/** What a status tells of the default policies, which hold nothing back. */
export const toldPolicies: Pick<RepositoryStatus, "policies" | "withheld" | "waiting"> = {
  policies: policiesStatus(defaultPolicies),
  withheld: null,
  waiting: { count: 0, versions: [] },
};
