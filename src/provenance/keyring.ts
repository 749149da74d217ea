import type * as OpenPgp from "openpgp";

/** Public keys that are ready to verify with. */
export interface Keyring {
  openpgp: typeof OpenPgp;
  keys: OpenPgp.PublicKey[];
}

export type VerifiedSignature = OpenPgp.VerifyMessageResult["signatures"][number];

/**
 * Reads public keys. OpenPGP is loaded now and not with this file: that takes 35 ms, which the Worker would need
 * at every start although only the Keeper of a repository that requires provenance verifies anything.
 *
 * @param armored blocks as mirror.yaml gives them, checked when it was read
 */
export async function openKeyring(armored: readonly string[]): Promise<Keyring> {
  const openpgp = await import("openpgp");
  const keys = await Promise.all(armored.map((block) => openpgp.readKeys({ armoredKeys: block })));
  return { openpgp, keys: keys.flat() };
}
