import type { RepositoryConfig } from "../config/config.ts";
import { fingerprintOfText, seedOf } from "../helm/fingerprint.ts";
import type { Ledger } from "./ledger.ts";

/** Provenance is required, and some of what is stored was not verified against the keyring of now. */
const isVerificationDue = (ledger: Ledger, { policies }: RepositoryConfig): boolean =>
  policies.requireProvenance && ledger.signatures.isDue(keyringNumber(policies.keyring));

/** When it goes on, in milliseconds since 1970: later where the store did not give what is to be verified. */
export const nextVerification = (
  ledger: Ledger,
  config: RepositoryConfig,
  now: number,
): number | undefined =>
  isVerificationDue(ledger, config) ? Math.max(now, ledger.number("provenance-due")) : undefined;

/** Tells keyrings apart. They are the operator's own, so it need not withstand anybody. 0 is none. */
export const keyringNumber = (armored: readonly string[]): number =>
  fingerprintOfText(seedOf("keyring"), armored.join("\n")) + 1;
