/**
 * `repositories/<name>/revisions/<revision>/registry.txt`: what a registry client has to be told and the index
 * does not say. One JSON object a line; a chart's lines are a range that contents.json gives: its versions in
 * the order of the index, then what is kept beside them.
 *
 * Digests are SHA-256 in lowercase hexadecimal, sizes are bytes.
 */
export type RegistryLine = RegistryVersion | KeptManifest;

/** A chart version, as an artifact in a registry. */
export interface RegistryVersion {
  kind: "version";
  /** The version with `_` for `+`. */
  tag: string;
  archive: Sized;
  /** Where its line stands in index.json: the chart's metadata. */
  line: { offset: number; length: number };
  /** Of the manifest with which the archive came from a registry, which is stored: the tag leads to it. */
  original?: string;
  /** What `synthesise` makes of the line. The tag leads there where there is no original. */
  synthetic: SyntheticDigests;
}

export interface SyntheticDigests {
  manifest: string;
  config: string;
  /** Of the .prov; then a layer of `manifest`. It is stored under the digest of the archive. */
  provenance?: Sized;
  /** Of the manifest without provenance: it was served until the provenance was found. */
  withoutProvenance?: string;
}

export interface Sized {
  digest: string;
  size: number;
}

/** A signature, an attestation, or the like: its manifest is stored, and so are its blobs. */
export interface KeptManifest {
  kind: "kept";
  /** The tag under which it stands, if any. */
  tag?: string;
  /** Digest of the manifest that it refers to (OCI image-spec, `subject`), if any. */
  subject?: string;
  /** As the referrers API lists it (distribution-spec 1.1, "Listing Referrers"). */
  descriptor: KeptDescriptor;
}

export interface KeptDescriptor extends Sized {
  mediaType: string;
  artifactType?: string;
  annotations?: Record<string, string>;
}
