import type { MemberSourceConfig } from "../config/config.ts";
import type { Contents } from "../storage/contents.ts";
import type { Head } from "../storage/head.ts";
import {
  type RevisionDocument,
  archiveKey,
  headKey,
  provenanceKey,
  revisionKey,
  statusKey,
} from "../storage/keys.ts";
import type { RepositoryStatus } from "../storage/status.ts";
import { parseContents, parseHead, parseStatus } from "../storage/stored-json.ts";
import type { ArchiveAddress, StoredArchives } from "../upstream/archive-source.ts";
import { chunksOf } from "../upstream/http-repository.ts";

export type MemberBucket = Pick<R2Bucket, "get" | "head">;

/** Where a member has an archive: archives lie in storage once for all, so its digest is enough. */
export const memberAddress = ({ url }: MemberSourceConfig, digest: string): string => `${url}/${digest}`;

/**
 * Another repository of this mirror, as a source: what it has published, read from R2, which is never behind.
 * No method asks an upstream. A store that fails throws; documents that are no such documents are `undefined`.
 */
export class MemberRepository implements StoredArchives {
  readonly #bucket: MemberBucket;
  readonly #source: MemberSourceConfig;

  constructor(bucket: MemberBucket, source: MemberSourceConfig) {
    this.#bucket = bucket;
    this.#source = source;
  }

  /** `none`: it has never published. */
  async head(): Promise<Head | "none" | undefined> {
    const text = await this.#text(headKey(this.#source.repository));
    return text === undefined ? "none" : parseHead(text);
  }

  async status(): Promise<RepositoryStatus | "none" | undefined> {
    const text = await this.#text(statusKey(this.#source.repository));
    return text === undefined ? "none" : parseStatus(text);
  }

  async contents(revision: string): Promise<Contents | undefined> {
    const text = await this.#text(revisionKey(this.#source.repository, revision, "contents.json"));
    return text === undefined ? undefined : parseContents(text);
  }

  /** @throws {UpstreamError} from the stream, when it breaks off */
  async open(
    revision: string,
    document: RevisionDocument,
  ): Promise<AsyncGenerator<Uint8Array, void> | undefined> {
    const object = await this.#bucket.get(revisionKey(this.#source.repository, revision, document));
    return object === null ? undefined : chunksOf(object.body, `${document} of ${this.#source.repository}`);
  }

  async archiveSize(digest: string): Promise<number | undefined> {
    return (await this.#bucket.head(archiveKey(digest)))?.size;
  }

  async provenance({ url }: ArchiveAddress): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const digest = url.slice(url.lastIndexOf("/") + 1);
    const object = await this.#bucket.get(provenanceKey(this.#source.repository, digest));
    return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
  }

  async #text(key: string): Promise<string | undefined> {
    return await (await this.#bucket.get(key))?.text();
  }
}
