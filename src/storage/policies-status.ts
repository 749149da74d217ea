import type { PoliciesStatus } from "./status.ts";

type Policies = Omit<PoliciesStatus, "keepNewest" | "keyring"> & {
  keepNewest?: number;
  keyring: readonly string[];
};

/** As they are told: of keys, how many there are. */
export function policiesStatus({ keepNewest, keyring, ...policies }: Policies): PoliciesStatus {
  return { ...policies, keepNewest: keepNewest ?? null, keyring: keyring.length };
}
