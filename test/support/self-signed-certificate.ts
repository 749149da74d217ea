import { generateKeyPairSync, sign } from "node:crypto";

/** A key and a certificate that nobody vouches for, both as PEM. Valid from 2020 to 2049, or for ever expired. */
export function selfSignedCertificate(host: string, until = "491231235959Z"): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(oid(0x55, 4, 3), text(host)))); // 2.5.4.3, the common name
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // X.509 version 3 (RFC 5280 section 4.1.2.1)
    der(0x02, Buffer.of(1)), // the serial number
    ecdsaWithSha256,
    name,
    sequence(time("200101000000Z"), time(until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const whole = sequence(toBeSigned, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

/** One element of DER (X.690): its tag, its length, its contents. */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const octets = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...octets), body]);
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const set = (...parts: Uint8Array[]): Buffer => der(0x31, ...parts);
const oid = (...octets: number[]): Buffer => der(0x06, Buffer.of(...octets));
const text = (value: string): Buffer => der(0x0c, Buffer.from(value));
const time = (value: string): Buffer => der(0x17, Buffer.from(value));

/** 1.2.840.10045.4.3.2 (RFC 5758 section 3.2) */
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2));
