import type { RepositoryContent } from "./content.ts";
import { goJson } from "./go-json.ts";
import type { Descriptor } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";
import type { RegistrySettings } from "./options.ts";
import { putIndex } from "./publish.ts";

export type SignatureKind = "sig" | "att" | "sbom";

export interface Attached {
  digest: string;
  /** Empty where no tag names it. */
  tag: string;
}

const layerTypes: Readonly<Record<SignatureKind, string>> = {
  sig: mediaTypes.signature,
  att: mediaTypes.attestation,
  sbom: mediaTypes.sbom,
};

/** Puts an artifact under the tag at which cosign looks for it: `sha256-<hex>.sig`. Nobody can verify it. */
export function sign(content: RepositoryContent, manifestDigest: string, kind: SignatureKind): Attached {
  const payload = goJson({ critical: { image: { "docker-manifest-digest": manifestDigest } }, kind });
  const layer = {
    ...content.putBlob(layerTypes[kind], payload),
    annotations: { "dev.cosignproject.cosign/signature": Buffer.from(payload).toString("base64") },
  };
  const diff = { architecture: "", os: "", rootfs: { type: "layers", diff_ids: [layer.digest] } };
  const config = content.putBlob(mediaTypes.imageConfig, goJson(diff));
  const { manifest: mediaType } = mediaTypes;
  const tag = `${manifestDigest.replace(":", "-")}.${kind}`;
  const manifest = goJson({ schemaVersion: 2, mediaType, config, layers: [layer] });
  return { digest: content.putManifest(mediaType, manifest, tag).digest, tag };
}

/**
 * Puts an artifact that refers to a manifest by `subject`. Where the registry has no referrers API that
 * works, it is listed under the tag `sha256-<hex>` too, as clients do there.
 */
export function attach(
  content: RepositoryContent,
  manifestDigest: string,
  { artifactType, bytes }: { artifactType: string; bytes: Uint8Array | string },
  referrers: RegistrySettings["referrers"],
): Attached {
  const subject = subjectOf(content, manifestDigest);
  const config = content.putBlob(mediaTypes.empty, "{}");
  const layers = [content.putBlob(artifactType, bytes)];
  const { manifest: mediaType } = mediaTypes;
  const manifest = goJson({ schemaVersion: 2, mediaType, artifactType, config, layers, subject });
  const { digest } = content.putManifest(mediaType, manifest);
  if (referrers === "on") return { digest, tag: "" };
  const tag = manifestDigest.replace(":", "-");
  putIndex(content, content.referrers(manifestDigest), tag);
  return { digest, tag };
}

function subjectOf(content: RepositoryContent, digest: string): Descriptor {
  const found = content.manifest(digest);
  if (found === undefined) throw new Error(`The registry has no manifest ${digest} to attach to`);
  return { mediaType: found.mediaType, digest, size: found.bytes.byteLength };
}
