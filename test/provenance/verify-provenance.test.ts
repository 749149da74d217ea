import { SecretKeyPacket, SignaturePacket, config, enums, reformatKey, revokeKey } from "openpgp";
import { beforeAll, describe, expect, test } from "vitest";
import { openKeyring } from "../../src/provenance/keyring.ts";
import type { Verification } from "../../src/provenance/verification.ts";
import { verifyProvenance } from "../../src/provenance/verify-provenance.ts";
import {
  type SigningKey,
  messageFor,
  signText,
  signatureBytes,
  signingKey,
  withKey,
  withSignature,
} from "../support/signing.ts";

const file = "web-1.0.0.tgz";
const digest = "ab".repeat(32);
const text = messageFor(file, digest);
const now = Date.now();
const daysAgo = (days: number): Date => new Date(now - days * 86_400_000);

let publisher: SigningKey;
let other: SigningKey;
let signed: string;

beforeAll(async () => {
  [publisher, other] = await Promise.all([signingKey(), signingKey()]);
  signed = await signText(text, publisher);
});

async function verify(provenance: string | Uint8Array, ...keys: SigningKey[]): Promise<Verification> {
  const keyring = await openKeyring((keys.length === 0 ? [publisher] : keys).map(({ armored }) => armored));
  const bytes = typeof provenance === "string" ? new TextEncoder().encode(provenance) : provenance;
  return await verifyProvenance(keyring, bytes, { file, digest }, now);
}

async function refusal(provenance: string | Uint8Array, ...keys: SigningKey[]): Promise<string> {
  const verification = await verify(provenance, ...keys);
  return verification.kind === "refused" ? verification.reason : "verified";
}

describe("verifies", () => {
  test.each<[string, () => Promise<SigningKey>]>([
    ["curve25519", () => signingKey({ type: "curve25519" })],
    ["RSA", () => signingKey({ type: "rsa", rsaBits: 2048 })],
    ["NIST P-384", () => signingKey({ type: "ecc", curve: "nistP384" })],
    ["a subkey that signs", () => signingKey({ subkeys: [{ sign: true }] })],
  ])("a signature by %s", async (_name, makeKey) => {
    const key = await makeKey();
    const provenance = await signText(text, key);
    expect(await verify(provenance, other, key)).toEqual({ kind: "verified", fingerprint: key.fingerprint });
  });

  test("the ends of lines of Windows, and empty lines at the end", async () => {
    expect(await refusal(`${signed.replaceAll(/\r?\n/g, "\r\n")}\r\n\r\n`)).toBe("verified");
    expect(await refusal(signed.replaceAll("\r\n", "\n"))).toBe("verified");
  });

  test("metadata in which lines begin with dashes", async () => {
    const dashes = text.replace(
      "name: web",
      "name: web\nmaintainers:\n- name: a\n-   name: b\nannotations: -----BEGIN X-----",
    );
    expect(await refusal(await signText(dashes, publisher))).toBe("verified");
  });

  test("one good signature beside one by an unknown key", async () => {
    expect(await refusal(await signText(text, [other, publisher]))).toBe("verified");
  });
});

describe("what keys are good for", () => {
  const userIDs = [{ name: "Chart Publisher", email: "publisher@example.com" }];

  test("a key holds for what it signed before it expired, and not for what it signed behind that", async () => {
    const key = await signingKey({ date: daysAgo(10) });
    const [early, late] = [await signText(text, key, daysAgo(8)), await signText(text, key, daysAgo(1))];
    const expired = await reformatKey({
      privateKey: key.privateKey,
      userIDs,
      date: daysAgo(10),
      keyExpirationTime: 5 * 86_400,
      format: "object",
    });
    const published = withKey(expired.privateKey, expired.publicKey);
    expect([await refusal(early, published), await refusal(late, published)]).toEqual([
      "verified",
      "expired-key",
    ]);
  });

  test("a key whose life was extended, of which only the newest certification was exported", async () => {
    const key = await signingKey({ date: daysAgo(10), keyExpirationTime: 5 * 86_400 });
    const provenance = await signText(text, key, daysAgo(8));
    const { privateKey } = key;
    const extended = await reformatKey({ privateKey, userIDs, date: daysAgo(1), format: "object" });
    expect(await refusal(provenance, withKey(extended.privateKey, extended.publicKey))).toBe("verified");
  });

  test.each([
    ["compromised", enums.reasonForRevocation.keyCompromised],
    ["superseded", enums.reasonForRevocation.keySuperseded],
  ])("a key that is revoked as %s is good for nothing, whenever it signed", async (_name, flag) => {
    const key = await signingKey({ date: daysAgo(10) });
    const provenance = await signText(text, key, daysAgo(8));
    const revoked = await revokeKey({
      key: key.privateKey,
      reasonForRevocation: { flag },
      date: daysAgo(1),
      format: "object",
    });
    expect(await refusal(provenance, key)).toBe("verified");
    expect(await refusal(provenance, withKey(revoked.privateKey, revoked.publicKey))).toBe("revoked-key");
  });

  test("nor is a subkey that is revoked", async () => {
    const key = await signingKey({ date: daysAgo(10), subkeys: [{ sign: true }] });
    const provenance = await signText(text, key, daysAgo(8));
    const reason = { flag: enums.reasonForRevocation.keySuperseded };
    const revoked = await key.privateKey.subkeys[0]?.revoke(secretOf(key), reason, daysAgo(1));
    expect(await refusal(provenance, key)).toBe("verified");
    key.publicKey.subkeys[0]?.revocationSignatures.push(...(revoked?.revocationSignatures ?? []));
    expect(await refusal(provenance, withKey(key.privateKey, key.publicKey))).toBe("revoked-key");
  });

  test("a key that may only certify signs nothing", async () => {
    const key = await signingKey({ date: daysAgo(10) });
    const [user] = key.publicKey.users;
    const [before] = user?.selfCertifications ?? [];
    if (user?.userID == null || before === undefined) throw new Error("a key without a user");
    const onlyCertifies = packetOf(enums.signature.certGeneric, key);
    onlyCertifies.keyFlags = new Uint8Array([enums.keyFlags.certifyKeys]);
    const subject = { userID: user.userID, key: key.publicKey.keyPacket };
    await signPacket(onlyCertifies, key, subject, daysAgo(9));
    const provenance = await signText(text, key, daysAgo(8));
    user.selfCertifications = [onlyCertifies];
    expect(await refusal(provenance, withKey(key.privateKey, key.publicKey))).toBe("unfit-key");
  });

  test("an RSA key of 1024 bits is too weak", async () => {
    const weak = { minRSABits: 1024 };
    const key = await signingKey({ type: "rsa", rsaBits: 1024, config: weak });
    expect(await refusal(await signText(text, key, undefined, weak), key)).toBe("unfit-key");
  });
});

describe("refuses", () => {
  test("a signature by a key that is not in the keyring", async () => {
    expect(await verify(await signText(text, other))).toEqual({
      kind: "refused",
      reason: "unknown-key",
      message: expect.stringMatching(/^it is signed by [0-9A-F]{16}, which is not in the keyring$/),
    });
  });

  test("a signature by one key under the name of another", async () => {
    let forged = signatureBytes(await signText(text, other));
    for (const name of [
      (key: SigningKey) => key.fingerprint,
      (key: SigningKey) => key.publicKey.getKeyID().toHex(),
    ]) {
      forged = replaced(forged, name(other), name(publisher));
    }
    expect(await refusal(withSignature(signed, forged))).toBe("bad-signature");
  });

  test.each([
    ["another digest", digest, "cd".repeat(32)],
    ["another file", file, "api-1.0.0.tgz"],
    ["other metadata", "version: 1.0.0", "version: 1.0.1"],
  ])("a text that was changed: %s", async (_name, before, after) => {
    expect(await refusal(signed.replace(before, after))).toBe("bad-signature");
  });

  test("what is signed for other bytes, or for another chart", async () => {
    const bytes = await signText(messageFor(file, "cd".repeat(32)), publisher);
    const chart = await signText(messageFor("api-1.0.0.tgz", digest), publisher);
    expect([await refusal(bytes), await refusal(chart)]).toEqual(["wrong-digest", "wrong-file"]);
  });

  test("what stands before or behind the signed message", async () => {
    const list = `\n...\nfiles:\n  ${file}: sha256:${digest}\n`;
    const elsewhere = await signText(messageFor("api-1.0.0.tgz", digest), publisher);
    for (const changed of [list + elsewhere, elsewhere + list, `\ufeff${signed}`]) {
      expect(await refusal(changed)).toBe("malformed");
    }
  });

  test("two signed messages, in either order", async () => {
    const elsewhere = await signText(messageFor("api-1.0.0.tgz", digest), publisher);
    expect(await refusal(`${signed}\n${elsewhere}`)).toBe("malformed");
    expect(await refusal(`${elsewhere}\n${signed}`)).toBe("malformed");
  });

  test("lines that are put between the message and its signature, or into the headers", async () => {
    const smuggled = `files:\n  ${file}: sha256:${digest}`;
    const elsewhere = await signText(messageFor("api-1.0.0.tgz", digest), publisher);
    for (const changed of [
      elsewhere.replace(/^Hash: .*$/m, (line) => `${line}\n${smuggled}`),
      elsewhere.replace(/^Hash: .*$/m, (line) => `${line}\nComment: x`),
      elsewhere.replace("-----BEGIN PGP SIGNATURE-----", (line) => `-----BEGIN X-----\n${smuggled}\n${line}`),
      elsewhere.replace("-----BEGIN PGP SIGNATURE-----", (line) => `- \n${line}`),
      elsewhere.replace("-----END PGP SIGNATURE-----", (line) => `-----BEGIN X-----\n${smuggled}\n${line}`),
    ]) {
      expect(await refusal(changed), changed).toBe("malformed");
    }
  });

  test("escaped dashes that are put before signed lines are not part of them, and change nothing", async () => {
    expect(await refusal(signed.replace("files:", "- files:"))).toBe("verified");
    expect(await refusal(signed.replace("files:", "- - files:"))).toBe("bad-signature");
    expect(await refusal(signed.replace("files:", "-files:"))).toBe("malformed");
  });

  test.each(["\u0000", "\r", "\u0085", "\u2028"])(
    "characters that end a line for some: %j",
    async (character) => {
      expect(await refusal(await signText(`${text}#${character}x: y\n`, publisher))).toBe("malformed");
    },
  );

  test("a signature of an algorithm that nobody knows, and one of nothing in particular", async () => {
    const bytes = signatureBytes(signed);
    expect(await refusal(withSignature(signed, bytes.with(4, 99)))).toBe("malformed");
    const standalone = packetOf(enums.signature.standalone, publisher);
    await signPacket(standalone, publisher, new Uint8Array(), daysAgo(0));
    expect(await refusal(withSignature(signed, packet(standalone.write())))).toBe("malformed");
  });

  test("more signatures than anybody makes, whoever made them", async () => {
    const bytes = signatureBytes(signed);
    const many = Uint8Array.from(Array.from({ length: 9 }, () => [...bytes]).flat());
    expect(await refusal(withSignature(signed, many))).toBe("malformed");
  });

  test.each([
    ["an error page", "<!doctype html>404"],
    ["nothing", ""],
    ["a detached signature", "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"],
  ])("what is not signed: %s", async (_name, provenance) => {
    expect(await refusal(provenance)).toBe("not-signed");
  });

  test("what is cut off, and bytes that are no text", async () => {
    for (let length = 40; length < signed.length - 30; length += 37) {
      expect(await refusal(signed.slice(0, length))).toBe("malformed");
    }
    expect(await refusal(new Uint8Array([0xff, 0xfe, ...new TextEncoder().encode(signed)]))).toBe(
      "malformed",
    );
  });

  test.each([
    ["no list of files", "name: web\n"],
    ["a list elsewhere", `files:\n  ${file}: sha256:${digest}\n`],
    ["files that are no mapping", `name: web\n...\nfiles: [${file}]\n`],
    ["a name twice", `name: web\n...\nfiles:\n  ${file}: sha256:${digest}\n  ${file}: sha256:0\n`],
    ["an alias", `name: web\n...\nx: &x {${file}: sha256:${digest}}\nfiles: *x\n`],
    ["a bomb", `name: web\n...\n${"[".repeat(10_000)}\n`],
    ["a long list", `name: web\n...\nfiles:\n  ${file}: sha256:${digest}\n${"#".repeat(20_000)}\n`],
  ])("a signed text with %s", async (_name, written) => {
    expect(await refusal(await signText(written, publisher))).toBe("malformed");
  });
});

function secretOf({ privateKey }: SigningKey): SecretKeyPacket {
  if (!(privateKey.keyPacket instanceof SecretKeyPacket)) throw new Error("not a private key");
  return privateKey.keyPacket;
}

function packetOf(type: enums.signature, { publicKey }: SigningKey): SignaturePacket {
  const signature = new SignaturePacket();
  signature.signatureType = type;
  signature.publicKeyAlgorithm = publicKey.keyPacket.algorithm;
  signature.hashAlgorithm = enums.hash.sha512;
  return signature;
}

/** With its header, for a body of less than 192 bytes. */
const packet = (body: Uint8Array): Uint8Array => Uint8Array.from([0xc2, body.length, ...body]);

/** What the library's own types leave out. */
interface Signing {
  sign(key: SecretKeyPacket, data: object, date: Date, detached: boolean, config: object): Promise<void>;
}

async function signPacket(signature: Signing, key: SigningKey, data: object, date: Date): Promise<void> {
  await signature.sign(secretOf(key), data, date, false, config);
}

/** Wherever some bytes stand, others of the same length; in hexadecimal. */
const replaced = (bytes: Uint8Array, before: string, after: string): Uint8Array =>
  Uint8Array.fromHex(bytes.toHex().replaceAll(before.toLowerCase(), after.toLowerCase()));
