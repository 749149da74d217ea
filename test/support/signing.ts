import {
  type KeyOptions,
  type PartialConfig,
  type PrivateKey,
  type PublicKey,
  createCleartextMessage,
  generateKey,
  sign,
} from "openpgp";

export interface SigningKey {
  privateKey: PrivateKey;
  publicKey: PublicKey;
  /** The public key, armored. */
  armored: string;
  /** As the mirror tells it. */
  fingerprint: string;
}

/** A key made for the purpose; without a type one of the fast ones. */
export async function signingKey(options: Partial<KeyOptions> = {}): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKey({
    userIDs: [{ name: "Chart Publisher", email: "publisher@example.com" }],
    ...options,
    format: "object",
  });
  return withKey(privateKey, publicKey);
}

export const withKey = (privateKey: PrivateKey, publicKey: PublicKey): SigningKey => ({
  privateKey,
  publicKey,
  armored: publicKey.armor(),
  fingerprint: publicKey.getFingerprint().toUpperCase(),
});

/** What `helm package --sign` signs. */
export const messageFor = (file: string, digest: string): string =>
  `apiVersion: v2\nname: web\nversion: 1.0.0\n\n...\nfiles:\n  ${file}: sha256:${digest}\n`;

export async function signText(
  text: string,
  keys: SigningKey | SigningKey[],
  date?: Date,
  config: PartialConfig = {},
): Promise<string> {
  return await sign({
    message: await createCleartextMessage({ text }),
    signingKeys: [keys].flat().map(({ privateKey }) => privateKey),
    format: "armored",
    config,
    ...(date === undefined ? {} : { date }),
  });
}

const armored =
  /(-----BEGIN PGP SIGNATURE-----\r?\n(?:\r?\n)?)([A-Za-z0-9+/=\r\n]+?)(\r?\n=[A-Za-z0-9+/]{4})?(\r?\n-----END)/;

/** The packets of a signed text's signatures. */
export function signatureBytes(signed: string): Uint8Array {
  const [, , body = ""] = armored.exec(signed) ?? [];
  return Uint8Array.from(atob(body.replaceAll(/\s/g, "")), (character) => character.charCodeAt(0));
}

/** A signed text with other signatures. */
export function withSignature(signed: string, packets: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...packets)).match(/.{1,64}/g) ?? [];
  return signed.replace(
    armored,
    (_all, begin: string, _body, _checksum, end: string) => begin + lines.join("\n") + end,
  );
}
