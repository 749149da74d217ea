import { sha256 } from "../../src/storage/archive-store.ts";
import { archiveKey, headKey, historyKey, revisionKey, statusKey } from "../../src/storage/keys.ts";
import type { Head } from "../../src/storage/head.ts";
import type { History } from "../../src/storage/history.ts";
import { revisionDocuments } from "../../src/storage/revision-store.ts";
import type { RepositoryStatus } from "../../src/storage/status.ts";

/** A line of a published index. */
export interface Listed {
  chart: string;
  version: string;
  digest: string;
  url: string;
}

const archivesPrefix = archiveKey("");

/** What lies in the bucket, watched from step to step: what is named by its content never changes. */
export class ObservedBucket {
  readonly #bucket: R2Bucket;
  readonly repository: string;
  /** Key → etag, of the last look. */
  #objects = new Map<string, string>();
  /** Of everything that was ever seen of what must not change. */
  readonly #first = new Map<string, string>();
  readonly #verified = new Set<string>();
  readonly #listings = new Map<string, Listed[]>();
  /** Digests of archives that were damaged, and are not there again. */
  readonly lost = new Set<string>();

  constructor(bucket: R2Bucket, repository: string) {
    this.#bucket = bucket;
    this.repository = repository;
  }

  async look(): Promise<void> {
    const prefixes = [archivesPrefix, this.#own];
    const lists = await Promise.all(prefixes.map((prefix) => this.#bucket.list({ prefix })));
    this.#objects = new Map(lists.flatMap(({ objects }) => objects.map(({ key, etag }) => [key, etag])));
    for (const [key, etag] of this.#objects) this.#requireSame(key, etag);
    for (const key of this.#first.keys()) {
      if (!key.startsWith(archivesPrefix)) continue;
      const digest = key.slice(archivesPrefix.length);
      if (this.#objects.has(key)) this.lost.delete(digest);
      else if (!this.lost.has(digest)) throw new Error(`${key} is gone`);
    }
  }

  /** @param bytes in place of what was there; none: it is gone */
  async damage(digest: string, bytes: string | undefined): Promise<void> {
    const key = archiveKey(digest);
    await (bytes === undefined ? this.#bucket.delete(key) : this.#bucket.put(key, bytes));
    this.lost.add(digest);
    this.#verified.delete(digest);
  }

  /** Whether all documents of a revision are there. */
  has(revision: string): boolean {
    return revisionDocuments.every((document) =>
      this.#objects.has(revisionKey(this.repository, revision, document)),
    );
  }

  async head(): Promise<Head | undefined> {
    return await this.#json<Head>(headKey(this.repository));
  }

  async history(): Promise<History> {
    return (await this.#json<History>(historyKey(this.repository))) ?? { revisions: [] };
  }

  async status(): Promise<RepositoryStatus | undefined> {
    return await this.#json<RepositoryStatus>(statusKey(this.repository));
  }

  async text(revision: string, document: (typeof revisionDocuments)[number]): Promise<string> {
    return await this.#text(revisionKey(this.repository, revision, document));
  }

  /** What a revision lists; each of its archives is there, with the bytes of its digest. */
  async listing(revision: string): Promise<Listed[]> {
    const known = this.#listings.get(revision);
    const listing = known ?? listingIn(await this.text(revision, "index.json"));
    this.#listings.set(revision, listing);
    for (const { digest, url } of listing) {
      if (!url.startsWith(`charts/${digest}/`)) throw new Error(`${url} does not carry ${digest}`);
      await this.requireArchive(digest);
    }
    return listing;
  }

  /** Bytes are read once: from then on it is enough that the object is the same. */
  async requireArchive(digest: string): Promise<void> {
    const key = archiveKey(digest);
    if (this.lost.has(digest)) return;
    if (!this.#objects.has(key)) throw new Error(`${digest} is listed and not stored`);
    if (this.#verified.has(digest)) return;
    const object = await this.#bucket.get(key);
    const actual = object === null ? "nothing" : await sha256(new Uint8Array(await object.arrayBuffer()));
    if (actual !== digest) throw new Error(`${digest} is listed, ${actual} is stored`);
    this.#verified.add(digest);
  }

  async empty(): Promise<void> {
    await this.look();
    await this.#bucket.delete([...this.#objects.keys()]);
  }

  get #own(): string {
    return `repositories/${this.repository}/`;
  }

  #requireSame(key: string, etag: string): void {
    if (!key.startsWith(archivesPrefix) && !key.includes("/revisions/")) return;
    const first = this.#first.get(key) ?? etag;
    if (first !== etag) throw new Error(`${key} has become another one`);
    this.#first.set(key, first);
  }

  async #json<T>(key: string): Promise<T | undefined> {
    const object = await this.#bucket.get(key);
    return object === null ? undefined : await object.json<T>();
  }

  async #text(key: string): Promise<string> {
    const object = await this.#bucket.get(key);
    if (object === null) throw new Error(`${key} is missing`);
    return await object.text();
  }
}

export function listingIn(index: string): Listed[] {
  const { entries }: { entries: Record<string, { version: string; digest: string; urls: [string] }[]> } =
    JSON.parse(index);
  return Object.entries(entries).flatMap(([chart, versions]) =>
    versions.map(({ version, digest, urls: [url] }) => ({ chart, version, digest, url })),
  );
}
