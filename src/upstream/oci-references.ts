import type { OciSourceConfig } from "../config/config.ts";
import { readManifest } from "../oci/manifest.ts";
import { archiveAddress, parseChartReference, registryOf } from "../oci/reference.ts";
import { type AddressPolicy, isPrivateHost, whyNotFetchable } from "./address.ts";
import type { ArchiveAddress, ArchiveSource } from "./archive-source.ts";
import { OciRegistry } from "./oci-registry.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamParts } from "./upstream-parts.ts";

export interface OciReferencesParts extends UpstreamParts {
  /** Of the source whose index names them. */
  policy: AddressPolicy;
}

/** `undefined` when the reference may be followed, otherwise why not. */
export function whyNotReferable(reference: string, policy: AddressPolicy): string | undefined {
  const parsed = parseChartReference(reference);
  if (parsed === undefined) return "not a chart in a registry with its tag, as oci://host/path/chart:tag";
  const base = URL.parse(parsed.registry.replace("oci:", "https:"));
  return base === null ? "not an address" : whyNotFetchable(base, policy);
}

/**
 * Archives that an HTTP repository's index names in registries, as `oci://host/path/chart:tag`: Helm takes such
 * URLs, and some publishers list no other. Read anonymously; the index's digest is what counts.
 */
export class OciReferences implements ArchiveSource {
  readonly #parts: OciReferencesParts;
  /** The addresses behind references, for as long as a unit: an archive's provenance asks for the same one. */
  readonly #resolved = new Map<string, Promise<ArchiveAddress>>();

  constructor(parts: OciReferencesParts) {
    this.#parts = parts;
  }

  async archive<T>({ url }: ArchiveAddress, use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    const address = await this.#resolve(url);
    return await this.#registry(address.source).archive(address, use);
  }

  async provenance({ url }: ArchiveAddress): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const address = await this.#resolve(url);
    return await this.#registry(address.source).provenance(address);
  }

  async #resolve(url: string): Promise<ArchiveAddress> {
    const known = this.#resolved.get(url) ?? this.#readManifest(url);
    this.#resolved.set(url, known);
    known.catch(() => this.#resolved.delete(url));
    return await known;
  }

  async #readManifest(url: string): Promise<ArchiveAddress> {
    const refusal = whyNotReferable(url, this.#parts.policy);
    const named = parseChartReference(url);
    if (refusal !== undefined || named === undefined) {
      throw new UpstreamError("forbidden-address", `${url.slice(0, 300)}: ${refusal}`);
    }
    const { registry, chart, reference } = named;
    const document = await this.#registry(registry).manifest(chart, reference);
    if (document === undefined) throw new UpstreamError("not-found", `${url}: no such manifest`);
    const manifest = readManifest(document.bytes, document.mediaType);
    if (manifest.kind !== "chart") throw new UpstreamError("not-an-archive", `${url}: no Helm chart`);
    const { archive, provenance } = manifest;
    return {
      source: registry,
      url: archiveAddress(registry, chart, archive.digest),
      ...(provenance === undefined ? {} : { provenance: provenance.digest }),
    };
  }

  #registry(url: string): OciRegistry {
    const { policy, ...parts } = this.#parts;
    // A reference has no scheme: inside a network that speaks http:, its registry does so, too.
    const plainHttp = policy.allowHttp && isPrivateHost(new URL(registryOf(url, false).origin).hostname);
    const source: OciSourceConfig = { kind: "oci", url, charts: [], plainHttp, recheck: 0 };
    return new OciRegistry({ ...parts, source, secret: undefined });
  }
}
