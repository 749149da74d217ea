import type { CleartextMessage } from "openpgp";
import type { Keyring } from "./keyring.ts";
import { readSignedFiles } from "./signed-files.ts";
import { findSignedMessage } from "./signed-message.ts";
import { findSigner } from "./signer.ts";
import { type Verification, refused } from "./verification.ts";

export interface SignedArchive {
  /** The name under which `helm verify` looks it up: that of the file, without its path. */
  file: string;
  /** SHA-256, lowercase hexadecimal. */
  digest: string;
}

/**
 * Whether a provenance file vouches for an archive as `helm verify` wants it: it is signed by a key of the keyring,
 * names the archive's file, and with its digest. Unlike Helm it asks whether the key was good when it signed, as
 * GnuPG does: a version does not leave the index on the day on which its publisher's key expires.
 *
 * @param now milliseconds since 1970
 */
export async function verifyProvenance(
  keyring: Keyring,
  provenance: Uint8Array,
  archive: SignedArchive,
  now: number,
): Promise<Verification> {
  const text = utf8(provenance);
  if (text === undefined) return refused("malformed", "it is not UTF-8");
  const found = findSignedMessage(text);
  if (found.kind === "none") return refused("not-signed", "there is no signed message in it");
  if (found.kind === "malformed") return refused("malformed", found.why);
  const message = await parse(keyring, text);
  if (typeof message === "string") return refused("malformed", message);
  const signer = await findSigner(keyring, message, now);
  if (signer.kind === "refused") return signer;
  return whyNotFor(archive, message.getText()) ?? signer;
}

/** @returns the message, or why there is none */
async function parse({ openpgp }: Keyring, text: string): Promise<CleartextMessage | string> {
  try {
    return await openpgp.readCleartextMessage({ cleartextMessage: text });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param signed the text that the signature is over, and no other */
function whyNotFor({ file, digest }: SignedArchive, signed: string): Verification | undefined {
  const list = readSignedFiles(signed);
  if (list.kind === "none") return refused("malformed", list.why);
  const written = list.files.get(file);
  if (written === undefined) {
    const named = [...list.files.keys()].join(", ") || "no file";
    return refused("wrong-file", `it is for ${named}, not for ${file}`);
  }
  if (written === `sha256:${digest}`) return undefined;
  return refused("wrong-digest", `it is for ${file} with ${written}, not with sha256:${digest}`);
}

/** A byte order mark stays: it stands before the message. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
