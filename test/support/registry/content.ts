import { createHash } from "node:crypto";
import { type Descriptor, type ManifestFields, readManifest } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";

export interface StoredManifest {
  digest: string;
  mediaType: string;
  bytes: Uint8Array;
  fields: ManifestFields;
}

export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** What one repository of the registry holds. */
export class RepositoryContent {
  readonly manifests = new Map<string, StoredManifest>();
  readonly blobs = new Map<string, Uint8Array>();
  readonly tags = new Map<string, string>();

  /** By tag or digest. */
  manifest(reference: string): StoredManifest | undefined {
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  putBlob(mediaType: string, content: Uint8Array | string): Descriptor {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }

  /** @throws {Error} where it is no manifest */
  putManifest(mediaType: string, content: Uint8Array | string, tag?: string): Descriptor {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const fields = readManifest(bytes);
    if (fields === undefined) throw new Error("That is no manifest");
    const digest = digestOf(bytes);
    this.manifests.set(digest, { digest, mediaType, bytes, fields });
    if (tag !== undefined) this.tags.set(tag, digest);
    return { mediaType, digest, size: bytes.byteLength };
  }

  /** Whether there was one: a tag, or a manifest with all of its tags. */
  delete(reference: string): boolean {
    if (this.tags.delete(reference)) return true;
    for (const [tag, digest] of this.tags) if (digest === reference) this.tags.delete(tag);
    return this.manifests.delete(reference);
  }

  /** Descriptors of the manifests whose `subject` is the digest. */
  referrers(digest: string): Descriptor[] {
    return [...this.manifests.values()]
      .filter(({ fields }) => fields.subject?.digest === digest)
      .map(({ digest: own, mediaType, bytes, fields }) => ({
        mediaType,
        digest: own,
        size: bytes.byteLength,
        artifactType: fields.artifactType ?? fields.config?.mediaType ?? mediaTypes.empty,
        ...(fields.annotations === undefined ? {} : { annotations: fields.annotations }),
      }));
  }
}

export class RegistryContent {
  readonly #repositories = new Map<string, RepositoryContent>();

  get names(): string[] {
    return [...this.#repositories.keys()].toSorted();
  }

  find(repository: string): RepositoryContent | undefined {
    return this.#repositories.get(repository);
  }

  ensure(repository: string): RepositoryContent {
    const content = this.#repositories.get(repository) ?? new RepositoryContent();
    this.#repositories.set(repository, content);
    return content;
  }

  /** Of whichever repository. */
  blob(digest: string): Uint8Array | undefined {
    for (const { blobs } of this.#repositories.values()) {
      const bytes = blobs.get(digest);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }
}
