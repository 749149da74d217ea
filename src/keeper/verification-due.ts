import type { RepositoryConfig } from "../config/config.ts";
import { fingerprintOfText, seedOf } from "../helm/fingerprint.ts";
import type { Ledger } from "./ledger.ts";

/** Provenance is required, and some of what is stored was not verified against the keyring of now. */
export const isVerificationDue = (ledger: Ledger, { policies }: RepositoryConfig): boolean =>
  policies.requireProvenance && ledger.signatures.isDue(keyringNumber(policies.keyring));

/** Tells keyrings apart. They are the operator's own, so it need not withstand anybody. 0 is none. */
export const keyringNumber = (armored: readonly string[]): number =>
  fingerprintOfText(seedOf("keyring"), armored.join("\n")) + 1;
