import { type PublicKey, readKeys } from "openpgp";
import type { Reading } from "./reading.ts";

export interface PublicKeys {
  /** Armored blocks. */
  armored: string[];
  /** What the operator should know of them. */
  notices: string[];
}

const blocks = /-----BEGIN PGP PUBLIC KEY BLOCK-----[^]*?-----END PGP PUBLIC KEY BLOCK-----/g;
const exported = "write what `gpg --armor --export KEY` prints";

/** Never repeats what was written: it may be somebody's private key. */
const isPrivate = `this is a PRIVATE key, with which anybody can sign in its owner's name; take it away from here, have it revoked if others may have seen it, and ${exported}`;

/**
 * Reads armored OpenPGP public keys, one block or several.
 *
 * @param now milliseconds since 1970
 */
export async function readPublicKeys(text: string, now: number): Promise<Reading<PublicKeys>> {
  if (text.includes("PGP PRIVATE KEY BLOCK")) return { problem: isPrivate };
  const armored = text.replaceAll("\r\n", "\n").match(blocks) ?? [];
  if (armored.length === 0) return { problem: `there is no armored public key in it; ${exported}` };
  const notices: string[] = [];
  for (const block of armored) {
    const keys = await readBlock(block);
    if (typeof keys === "string") return { problem: `its key cannot be read: ${keys}; ${exported}` };
    if (keys.some((key) => key.isPrivate())) return { problem: isPrivate };
    for (const key of keys) {
      const problem = await whyUseless(key, now);
      if (problem !== undefined) return { problem };
      notices.push(...(await noticesOf(key, now)));
    }
  }
  return { value: { armored, notices } };
}

/** @returns the keys, or why there are none */
async function readBlock(armoredKeys: string): Promise<PublicKey[] | string> {
  try {
    return await readKeys({ armoredKeys });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const nameOf = (key: PublicKey): string => `the key ${key.getFingerprint().toUpperCase()}`;

async function whyUseless(key: PublicKey, now: number): Promise<string | undefined> {
  if (await key.isRevoked(undefined, undefined, new Date(now))) {
    return `${nameOf(key)} is revoked, so nothing that it signed counts; remove it`;
  }
  try {
    await key.getSigningKey(undefined, null); // at whatever time
    return undefined;
  } catch (error) {
    return `${nameOf(key)} can sign nothing: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** No mistake: it goes on to verify what it signed in its time. */
async function noticesOf(key: PublicKey, now: number): Promise<string[]> {
  const expires = await key.getExpirationTime();
  if (expires === null || expires.valueOf() > now) return [];
  const at = new Date(expires.valueOf()).toISOString();
  return [
    `${nameOf(key)} expired at ${at}: it verifies what it signed before, and nothing newer; if its owner has extended its life, export it anew`,
  ];
}
