import type { CleartextMessage, Key, KeyID, PublicKey, SignaturePacket } from "openpgp";
import type { Keyring, VerifiedSignature } from "./keyring.ts";
import { type Refused, type Verification, refused } from "./verification.ts";

/** Each costs a verification, and no publisher signs with more keys. */
const mostSignatures = 8;
/** A publisher's clock may be ahead. */
const day = 86_400_000;

/** Who signed a message. One good signature is enough; otherwise the first one says what is wrong. */
export async function findSigner(
  { openpgp, keys }: Keyring,
  message: CleartextMessage,
  now: number,
): Promise<Verification> {
  const count = message.getSigningKeyIDs().length;
  if (count > mostSignatures) return refused("malformed", `it has ${count} signatures`);
  const { signatures } = await openpgp.verify({
    message,
    verificationKeys: keys,
    date: new Date(now + day),
    // An export may lack the certifications of the time before a key's life was extended.
    config: { allowInsecureVerificationWithReformattedKeys: true },
  });
  const results: Verification[] = [];
  for (const signature of signatures) results.push(await judge(keys, signature, now));
  const good = results.find(({ kind }) => kind === "verified");
  return good ?? results[0] ?? refused("malformed", "it has no signature of a kind that can be verified");
}

async function judge(
  keys: readonly PublicKey[],
  { keyID, verified, signature }: VerifiedSignature,
  now: number,
): Promise<Verification> {
  const key = keys.find((one) => one.getKeys(keyID).length > 0);
  if (key === undefined) {
    return refused(
      "unknown-key",
      `it is signed by ${keyID.toHex().toUpperCase()}, which is not in the keyring`,
    );
  }
  const fingerprint = key.getFingerprint().toUpperCase();
  if (await isRevoked(key, keyID, now)) return refused("revoked-key", `${fingerprint} is revoked`);
  try {
    await verified;
    return { kind: "verified", fingerprint };
  } catch (error) {
    const [packet] = (await signature).packets;
    return await explain({ key, keyID, packet, now }, error instanceof Error ? error.message : String(error));
  }
}

interface Failed {
  key: Key;
  keyID: KeyID;
  packet: SignaturePacket | undefined;
  now: number;
}

/** Why a signature by a known key does not hold; the library tells it in prose. */
async function explain({ key, keyID, packet, now }: Failed, told: string): Promise<Refused> {
  const fingerprint = key.getFingerprint().toUpperCase();
  const signedAt = packet?.created ?? new Date(now);
  if (packet !== undefined && packet.getExpirationTime().valueOf() <= now) {
    return refused("expired-signature", `the signature by ${fingerprint} has expired`);
  }
  const [signing] = key.getKeys(keyID);
  for (const one of [key, ...(signing === undefined ? [] : [signing])]) {
    const expires = await one.getExpirationTime();
    if (expires !== null && expires <= signedAt) {
      const at = new Date(expires.valueOf()).toISOString();
      return refused("expired-key", `${fingerprint} expired at ${at}, before it signed`);
    }
  }
  try {
    await key.getSigningKey(keyID, signedAt);
  } catch (error) {
    return refused("unfit-key", `${fingerprint}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return refused("bad-signature", `the signature by ${fingerprint} does not hold: ${told}`);
}

/** At any time: who has a key that was given up can sign with any date. */
async function isRevoked(key: PublicKey, keyID: KeyID, now: number): Promise<boolean> {
  const at = new Date(now);
  if (await key.isRevoked(undefined, undefined, at)) return true;
  for (const subkey of key.getSubkeys(keyID)) {
    for (const binding of subkey.bindingSignatures) {
      if (await subkey.isRevoked(binding, key.keyPacket, at)) return true;
    }
  }
  return false;
}
