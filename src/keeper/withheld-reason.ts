import type { WithheldReason } from "./decide-losses.ts";
import type { Ledger } from "./ledger.ts";

/** Why versions that vanished are not hidden; undefined: none is withheld. */
export function withheldReason(ledger: Ledger): WithheldReason | undefined {
  const reason = ledger.fact("withheld");
  return reason === "large-loss" || reason === "after-recovery" ? reason : undefined;
}
