import { env } from "cloudflare:test";
import { sha256 } from "../../src/storage/archive-store.ts";
import { ociBlobKey, ociManifestKey } from "../../src/storage/keys.ts";
import type { KeptManifest } from "../../src/storage/registry-lines.ts";
import { storeRepository } from "./stored-repository.ts";

export const manifestType = "application/vnd.oci.image.manifest.v1+json";
const encoder = new TextEncoder();

export interface StoredDocument {
  digest: string;
  text: string;
}

/** Stores a manifest as if it had come from a registry. */
export async function storeManifest(manifest: object, contentType = manifestType): Promise<StoredDocument> {
  const text = JSON.stringify(manifest, null, 2);
  const digest = await sha256(new Uint8Array(encoder.encode(text)));
  await env.BUCKET.put(ociManifestKey(digest), text, { sha256: digest, httpMetadata: { contentType } });
  return { digest, text };
}

export async function storeBlob(text: string): Promise<StoredDocument> {
  const digest = await sha256(new Uint8Array(encoder.encode(text)));
  await env.BUCKET.put(ociBlobKey(digest), text, { sha256: digest });
  return { digest, text };
}

/** A signature of it, an attestation, and an index under the fallback tag, each kept in its own way. */
async function keep(
  subject: string,
): Promise<Record<"signature" | "attestation" | "fallback", KeptManifest>> {
  const signature = await storeManifest({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {},
    layers: [],
  });
  const attestation = await storeManifest({ schemaVersion: 2, config: {}, layers: [], subject: {} });
  const fallback = await storeManifest({ schemaVersion: 2, manifests: [] });
  const described = ({ digest, text }: StoredDocument, artifactType: string) => ({
    mediaType: manifestType,
    digest,
    size: text.length,
    artifactType,
  });
  return {
    signature: {
      kind: "kept",
      tag: `sha256-${subject}.sig`,
      descriptor: described(signature, "application/vnd.oci.image.config.v1+json"),
    },
    attestation: {
      kind: "kept",
      subject,
      descriptor: { ...described(attestation, "application/in-toto+json"), annotations: { a: "<b>" } },
    },
    fallback: {
      kind: "kept",
      tag: `sha256-${subject}`,
      descriptor: described(fallback, "application/vnd.oci.image.index.v1+json"),
    },
  };
}

/** `stable`: `alpha` with an original manifest and a signed version, `beta`, and a name that no client can use. */
export async function storeCharts() {
  const original = await storeManifest({ schemaVersion: 2, config: {}, layers: [], of: "alpha 2.0.0" });
  const blob = await storeBlob('{"name":"alpha","version":"2.0.0"}');
  const kept = await keep(original.digest);
  const stored = await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "stable", {
    alpha: {
      versions: ["2.0.0", "1.10.0", "1.2.0", "1.0.0+up1"],
      description: "Größe & <more>",
      signed: ["1.2.0"],
      originals: { "2.0.0": original.digest },
      kept: Object.values(kept),
    },
    beta: { versions: ["1.0.0"] },
    Gamma: { versions: ["1.0.0"] },
  });
  const [newest, middle, signed, plus] = stored.charts["alpha"] ?? [];
  if (newest === undefined || middle === undefined || signed === undefined || plus === undefined)
    throw new Error("not stored");
  return { stored, original, blob, kept, newest, middle, signed, plus };
}
