import type { HttpSourceConfig } from "../config/config.ts";
import { addressPolicyOf, whyNotFetchable } from "./address.ts";
import type { ArchiveAddress, ArchiveSource } from "./archive-source.ts";
import { asUpstreamError, boundedFetch, readBounded, requireOk } from "./bounded-fetch.ts";
import { useHeld } from "./held-body.ts";
import { OciReferences, whyNotReferable } from "./oci-references.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamParts } from "./upstream-parts.ts";

/** Helm looks at the first one alone. */
const addressesKept = 3;
const addressLength = 4096;

/** How much of an index is in memory at once, beside what it is made into. */
const chunkBytes = 256 * 1024;

/** What a source said of its index when it was last read whole. */
export interface Validators {
  etag: string | null;
  lastModified: string | null;
}

export type IndexAnswer =
  { kind: "unchanged" } | { kind: "changed"; body: AsyncIterable<Uint8Array>; validators: Validators };

export interface HttpRepositoryParts extends UpstreamParts {
  source: HttpSourceConfig;
}

/** A Helm repository behind HTTP: GitHub Pages, a bucket, ChartMuseum, any static web server. */
export class HttpRepository implements ArchiveSource {
  readonly #parts: HttpRepositoryParts;
  readonly #references: OciReferences;

  constructor(parts: HttpRepositoryParts) {
    this.#parts = parts;
    this.#references = new OciReferences({ ...parts, policy: addressPolicyOf(parts.source.url) });
  }

  /** One conditional request (RFC 9110 section 13.1). @throws {UpstreamError} */
  async index(known: Validators): Promise<IndexAnswer> {
    const address = `${this.#parts.source.url}/index.yaml`;
    const headers: Record<string, string> = {};
    if (known.etag !== null) headers["if-none-match"] = known.etag;
    if (known.lastModified !== null) headers["if-modified-since"] = known.lastModified;
    const response = await this.#get(address, this.#parts.limits.indexSeconds, headers, false);
    const conditional = known.etag !== null || known.lastModified !== null;
    if (response.status === 304 && conditional) return { kind: "unchanged" };
    const { body, headers: answered } = await requireOk(response, address, this.#parts.now());
    return {
      kind: "changed",
      body: chunksOf(body ?? new Blob([]).stream(), address),
      validators: { etag: answered.get("etag"), lastModified: answered.get("last-modified") },
    };
  }

  async archive<T>(address: ArchiveAddress, use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    const { url } = address;
    if (isReference(url)) return await this.#references.archive(address, use);
    const { limits, gate } = this.#parts;
    const bounds = { maxBytes: limits.archiveBytes, gate };
    return await useHeld(await this.#download(url), url, bounds, use);
  }

  /** Some servers answer every path with a page, which is no provenance. Artifact Hub looks for the same words. */
  async provenance(address: ArchiveAddress): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { url } = address;
    if (isReference(url)) return await this.#references.provenance(address);
    const bytes = await this.optionalFile(provenanceAddress(url));
    return bytes !== undefined && isProvenance(bytes) ? bytes : undefined;
  }

  /** The file at an absolute URL, or `undefined` where the source says that it has none. @throws {UpstreamError} */
  async optionalFile(url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await readBounded(await this.#download(url), url, this.#parts.limits.fileBytes);
    } catch (error) {
      const isAbsent =
        error instanceof UpstreamError && (error.code === "not-found" || error.code === "refused");
      if (isAbsent) return undefined;
      throw error;
    }
  }

  async #download(url: string): Promise<Response> {
    // As Helm does: no coding asked for, none undone. Some servers mark a .tgz as gzip-encoded.
    const headers = {
      accept: "application/gzip,application/octet-stream,*/*",
      "accept-encoding": "identity",
    };
    const response = await this.#get(url, this.#parts.limits.archiveSeconds, headers, true);
    return await requireOk(response, url, this.#parts.now());
  }

  async #get(url: string, seconds: number, headers: Record<string, string>, raw: boolean): Promise<Response> {
    const rewritten = rewrite(url, this.#parts.source.rewrites);
    // Where the operator sends a request himself, his choice of address decides what is allowed.
    const address = addressPolicyOf(rewritten === url ? this.#parts.source.url : rewritten);
    const { fetch, meter } = this.#parts;
    const options = { fetch, meter, address, seconds, headers, raw };
    return await boundedFetch(rewritten, options);
  }
}

/**
 * The bytes of a body as they arrive, each chunk valid until the next one is asked for: one buffer serves for
 * all of them, where a fresh one for each would leave the whole document to the garbage collector.
 *
 * @throws {UpstreamError} when the body breaks off or takes too long
 */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  address: string,
): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(chunkBytes);
  try {
    for (;;) {
      const { done, value } = await reader
        .readAtLeast(chunkBytes, new Uint8Array(buffer))
        .catch((cause: unknown) => {
          throw asUpstreamError(cause, address);
        });
      if (done || value === undefined) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    await reader.cancel().catch(() => undefined); // leaving early, or after an error of the body itself
  }
}

/**
 * Resolves the urls of a source's entries as Helm does (RFC 3986, against the source with one trailing slash).
 * Made once for all of its entries; there may be tens of thousands.
 */
export function archiveResolver(
  source: HttpSourceConfig,
): (urls: readonly string[]) => { usable: string[]; refusal: string } {
  const base = `${source.url}/`;
  const policy = addressPolicyOf(source.url);
  const whyNot = (url: URL): string | undefined => {
    if (isReference(url.href)) return whyNotReferable(url.href, policy);
    const rewritten = rewrite(url.href, source.rewrites);
    if (rewritten === url.href) return whyNotFetchable(url, policy);
    return URL.canParse(rewritten) ? undefined : "not a URL once rewritten";
  };
  return (urls) => {
    const usable: string[] = [];
    let refusal = "";
    for (const written of urls) {
      if (usable.length === addressesKept) break;
      const url = written.length > addressLength ? null : URL.parse(written, base);
      const why = url === null ? "not a URL, or a very long one" : whyNot(url);
      if (url !== null && why === undefined) usable.push(url.href);
      else if (refusal === "") refusal = `${written.slice(0, 200)}: ${why}`;
    }
    return { usable, refusal };
  };
}

const isReference = (url: string): boolean => url.startsWith("oci://");

/** The first matching prefix is replaced. */
export function rewrite(url: string, rewrites: HttpSourceConfig["rewrites"]): string {
  const rule = rewrites.find(({ from }) => url.startsWith(from));
  return rule === undefined ? url : rule.to + url.slice(rule.from.length);
}

const isProvenance = (bytes: Uint8Array): boolean =>
  new TextDecoder().decode(bytes).includes("-----BEGIN PGP SIGN");

/** Where an archive's provenance lies, if anywhere: Helm appends `.prov` to the path. */
function provenanceAddress(archiveUrl: string): string {
  const url = new URL(archiveUrl);
  url.pathname += ".prov";
  return url.href;
}
