import { defaultPolicies } from "../../src/config/policies.ts";
import { policiesStatus } from "../../src/storage/policies-status.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";

/** What a status tells of the default policies, which hold nothing back. */
export const toldPolicies: Pick<RepositoryStatus, "policies" | "withheld" | "waiting"> = {
  policies: policiesStatus(defaultPolicies),
  withheld: null,
  waiting: { count: 0, versions: [] },
};
