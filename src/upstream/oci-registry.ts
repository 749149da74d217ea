import type { OciSourceConfig } from "../config/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { manifestAccept } from "../oci/media-types.ts";
import {
  archiveAddress,
  isRepositoryName,
  isTag,
  parseArchiveAddress,
  parseDigest,
  registryOf,
} from "../oci/reference.ts";
import type { ArchiveAddress, ArchiveSource } from "./archive-source.ts";
import { useHeld } from "./held-body.ts";
import { type OciDocument, contentDigest, readBlob, readDocument } from "./registry-content.ts";
import { catalogOf, referrersOf, tagsOf } from "./registry-lists.ts";
import { type RegistryAnswer, type RegistryRequest, RegistryRequests } from "./registry-requests.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamParts } from "./upstream-parts.ts";

export type { OciDocument };

export interface OciRegistryParts extends UpstreamParts {
  source: OciSourceConfig;
  /** Value of the source's secret, `user:password`; undefined where none is configured or it is not set. */
  secret: string | undefined;
}

/**
 * An OCI registry, as far as reading charts needs it (distribution-spec 1.1, "Pull" and "Content Discovery").
 * Everything throws UpstreamError: unauthorized (401; also where the secret is not set), refused (403),
 * rate-limited, http-status, malformed-answer, not-found where it does not say otherwise, and what
 * `boundedFetch` throws; and BudgetSpent.
 */
export class OciRegistry implements ArchiveSource {
  readonly #parts: OciRegistryParts;
  readonly #origin: string;
  readonly #path: string;
  readonly #requests: RegistryRequests;

  constructor(parts: OciRegistryParts) {
    const { origin, path } = registryOf(parts.source.url, parts.source.plainHttp);
    this.#parts = parts;
    this.#origin = origin;
    this.#path = path;
    this.#requests = new RegistryRequests({ ...parts, origin });
  }

  /** All tags of a chart, page by page. @throws {UpstreamError} not-found */
  async *tags(chart: string): AsyncGenerator<string[], void> {
    const name = this.#repository(chart);
    yield* tagsOf(this.#requests, this.#url(`${name}/tags/list?n=1000`), {
      scope: pullScope(name),
      seconds: this.#parts.limits.indexSeconds,
    });
  }

  /** The names directly below the source's path, page by page. @throws {UpstreamError} */
  async *catalog(): AsyncGenerator<string[], void> {
    yield* catalogOf(this.#requests, this.#url("_catalog?n=1000"), {
      path: this.#path,
      seconds: this.#parts.limits.indexSeconds,
    });
  }

  /**
   * The digest that a tag stands for, in hex; `undefined` where the tag is gone. A HEAD request, which Docker
   * Hub does not count as a pull, and a GET where HEAD does not answer that.
   */
  async probe(chart: string, tag: string): Promise<string | undefined> {
    if (!isTag(tag)) return undefined;
    const answer = await this.#ask(chart, `manifests/${tag}`, { accept: manifestAccept, method: "HEAD" });
    if (isGone(answer)) return undefined;
    const { status } = answer.response;
    if (status !== 200 && status !== 405) throw this.#requests.failure(answer);
    const told = status === 200 ? contentDigest(answer.response) : undefined;
    return told ?? (await this.manifest(chart, tag))?.digest;
  }

  /**
   * A manifest or an index, verified; `undefined` where there is none.
   * @param reference a tag, or `sha256:<hex>`
   * @throws {UpstreamError} digest-mismatch
   */
  async manifest(chart: string, reference: string): Promise<OciDocument | undefined> {
    const expected = parseDigest(reference);
    if (expected === undefined && !isTag(reference)) return undefined;
    const path = `manifests/${expected === undefined ? reference : `sha256:${expected}`}`;
    const answer = await this.#ask(chart, path, { accept: manifestAccept });
    if (isGone(answer)) return undefined;
    if (answer.response.status !== 200) throw this.#requests.failure(answer);
    return await readDocument(answer, expected);
  }

  /** A blob, verified; `undefined` where there is none. @throws {UpstreamError} digest-mismatch, too-large */
  async blob(
    chart: string,
    expected: Pick<Descriptor, "digest" | "size">,
    maxBytes: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (expected.size <= maxBytes) return await this.#blob(chart, expected, maxBytes);
    const what = archiveAddress(this.#parts.source.url, chart, expected.digest);
    throw new UpstreamError("too-large", `${what}: ${expected.size} bytes, more than ${maxBytes}`);
  }

  /**
   * What refers to a manifest (its signatures, say), or `undefined` where the registry does not serve that
   * list: then look for tags (`signatureSubject`).
   */
  async referrers(chart: string, hex: string): Promise<Descriptor[] | undefined> {
    const name = this.#repository(chart);
    return await referrersOf(this.#requests, this.#url(`${name}/referrers/sha256:${hex}`), {
      scope: pullScope(name),
      seconds: this.#parts.limits.archiveSeconds,
    });
  }

  /** Not hashed here: R2 compares the digest when the archive is stored. */
  async archive<T>({ url }: ArchiveAddress, use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    const { chart, hex } = this.#parsed(url);
    const answer = await this.#ask(chart, `blobs/sha256:${hex}`, {});
    if (answer.response.status !== 200) throw this.#requests.failure(answer);
    const bounds = { maxBytes: this.#parts.limits.archiveBytes, gate: this.#parts.gate };
    return await useHeld(answer.response, answer.url.href, bounds, use);
  }

  async provenance({ url, provenance }: ArchiveAddress): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (provenance === undefined) return undefined;
    const { chart } = this.#parsed(url);
    return await this.#blob(chart, { digest: provenance }, this.#parts.limits.fileBytes);
  }

  async #blob(
    chart: string,
    expected: { digest: string; size?: number },
    maxBytes: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const answer = await this.#ask(chart, `blobs/sha256:${expected.digest}`, {});
    if (isGone(answer)) return undefined;
    if (answer.response.status !== 200) throw this.#requests.failure(answer);
    return await readBlob(answer, expected, maxBytes);
  }

  async #ask(chart: string, path: string, request: Partial<RegistryRequest>): Promise<RegistryAnswer> {
    const name = this.#repository(chart);
    const seconds = this.#parts.limits.archiveSeconds;
    const whole = { accept: "*/*", scope: pullScope(name), seconds, ...request };
    return await this.#requests.ask(this.#url(`${name}/${path}`), whole);
  }

  #url(path: string): URL {
    return new URL(`${this.#origin}/v2/${path}`);
  }

  /** The chart's repository in the registry. Charts are named by others: what is no such name is nowhere. */
  #repository(chart: string): string {
    const name = this.#path === "" ? chart : `${this.#path}/${chart}`;
    if (isRepositoryName(name)) return name;
    const shownName = JSON.stringify(name.slice(0, 300).toWellFormed());
    throw new UpstreamError("not-found", `${this.#origin}: no registry can have a repository ${shownName}`);
  }

  #parsed(address: string): { chart: string; hex: string } {
    const parsed = parseArchiveAddress(this.#parts.source.url, address);
    if (parsed !== undefined) return parsed;
    const where = `${address.slice(0, 300).toWellFormed()}: no archive of ${this.#parts.source.url}`;
    throw new UpstreamError("forbidden-address", where);
  }
}

const pullScope = (name: string): string => `repository:${name}:pull`;

const isGone = ({ response }: RegistryAnswer): boolean => response.status === 404 || response.status === 410;
