import { createHash } from "node:crypto";
import { createCleartextMessage, generateKey, sign } from "openpgp";
import { type ChartMetadata, chartArchive } from "../../bench/generate/chart-archive.ts";
import { yamlMapping } from "../../bench/generate/yaml-text.ts";

export interface SignedChart {
  /** Of the archive, `<name>-<version>.tgz`. */
  file: string;
  archive: Uint8Array<ArrayBuffer>;
  provenance: string;
  /** The public key in the binary form of GnuPG before 2.1, which `helm --keyring` reads. */
  keyring: Uint8Array;
}

/** Packs a chart and signs it as `helm package --sign` does, with a key made for the purpose. */
export async function signedChart(name: string, version: string): Promise<SignedChart> {
  const metadata: ChartMetadata = { apiVersion: "v2", name, version, description: "A chart that is signed" };
  const archive = await chartArchive(metadata, { build: 1, bytes: 0, seed: "signed" });
  const file = `${name}-${version}.tgz`;
  const { privateKey, publicKey } = await generateKey({
    type: "rsa",
    rsaBits: 2048,
    userIDs: [{ name: "Chart Publisher", email: "publisher@example.com" }],
    format: "object",
  });
  const digest = createHash("sha256").update(archive).digest("hex");
  const text = `${yamlMapping(metadata)}\n...\nfiles:\n  ${file}: sha256:${digest}\n`;
  const provenance = await sign({
    message: await createCleartextMessage({ text }),
    signingKeys: privateKey,
    format: "armored",
  });
  return { file, archive, provenance, keyring: publicKey.write() };
}
