import type { Contents } from "./contents.ts";
import type { Head } from "./head.ts";
import type { History } from "./history.ts";
import { type RevisionDocument, headKey, historyKey, revisionKey } from "./keys.ts";
import type { KvWrites } from "./kv-writes.ts";
import { parseContents, parseHistory } from "./stored-json.ts";
import { UnmeasuredUpload } from "./unmeasured-upload.ts";

export type RevisionBucket = Pick<R2Bucket, "get" | "put" | "delete" | "head" | "createMultipartUpload">;

/** KV takes values up to 25 MiB; what is larger is read from R2 alone. */
const kvValueBytes = 25 * 1024 * 1024;

/** What is read whole, and often: the rest is read in parts, which KV cannot give. */
const replicatedDocuments: readonly RevisionDocument[] = [
  "index.json",
  "index.json.gz",
  "latest.json",
  "latest.json.gz",
  "contents.json",
];
export const revisionDocuments: readonly RevisionDocument[] = [
  ...replicatedDocuments,
  "newest.txt",
  "registry.txt",
];

/** The documents of one published state of a repository, and the head that makes a state the current one. */
export class RevisionStore {
  readonly #bucket: RevisionBucket;
  readonly #kv: KvWrites;
  readonly #repository: string;

  constructor(bucket: RevisionBucket, kv: KvWrites, repository: string) {
    this.#bucket = bucket;
    this.#kv = kv;
    this.#repository = repository;
  }

  async put(
    revision: string,
    document: RevisionDocument,
    body: ReadableStream<Uint8Array> | Blob | string,
  ): Promise<void> {
    await this.#bucket.put(this.#key(revision, document), body);
  }

  /** A document whose length nobody knows before its end. */
  upload(revision: string, document: RevisionDocument): UnmeasuredUpload {
    return new UnmeasuredUpload(this.#bucket, this.#key(revision, document));
  }

  /** The head in R2, which is the one that counts, with the tag that `moveHead` compares. */
  async head(): Promise<{ head: Head; etag: string } | undefined> {
    const object = await this.#bucket.get(headKey(this.#repository));
    return object === null ? undefined : { head: await object.json<Head>(), etag: object.etag };
  }

  /** By compare-and-swap. `false`: somebody else moved it since `etag` was read. */
  async moveHead(head: Head, etag: string | undefined): Promise<boolean> {
    const onlyIf = etag === undefined ? { etagDoesNotMatch: "*" } : { etagMatches: etag };
    const put = await this.#bucket.put(headKey(this.#repository), JSON.stringify(head), { onlyIf });
    return put !== null;
  }

  /**
   * Copies a published revision from R2 to KV, near every reader, and moves KV's head last. Each document is read
   * whole before it is written: of one that breaks off on its way KV may keep what came, and readers who have the
   * head from R2 look for documents in KV.
   */
  async replicate(head: Head): Promise<void> {
    for (const document of replicatedDocuments) {
      const key = this.#key(head.revision, document);
      const object = await this.#bucket.get(key);
      if (object === null) continue;
      if (object.size <= kvValueBytes) await this.#kv.put(key, await new Response(object.body).arrayBuffer());
      else await object.body.cancel();
    }
    await this.#kv.put(headKey(this.#repository), JSON.stringify(head));
  }

  async remove(revision: string): Promise<void> {
    const keys = revisionDocuments.map((document) => this.#key(revision, document));
    const replicated = replicatedDocuments.map((document) => this.#key(revision, document));
    await Promise.all(replicated.map((key) => this.#kv.delete(key)));
    await this.#bucket.delete(keys);
  }

  /** A document of a revision as it is stored, for a Keeper that has lost its ledger. */
  async open(revision: string, document: RevisionDocument): Promise<ReadableStream<Uint8Array> | undefined> {
    return (await this.#bucket.get(this.#key(revision, document)))?.body;
  }

  /** Bytes of each of its documents; `undefined` where one is missing. */
  async sizes(revision: string): Promise<ReadonlyMap<RevisionDocument, number> | undefined> {
    const found = await Promise.all(
      revisionDocuments.map(async (document) => {
        const object = await this.#bucket.head(this.#key(revision, document));
        return object === null ? undefined : ([document, object.size] as const);
      }),
    );
    const sizes = found.filter((one) => one !== undefined);
    return sizes.length === revisionDocuments.length ? new Map(sizes) : undefined;
  }

  async contents(revision: string): Promise<Contents | undefined> {
    const object = await this.#bucket.get(this.#key(revision, "contents.json"));
    return object === null ? undefined : parseContents(await object.text());
  }

  /** Which revisions were kept when it was last told; nothing where that cannot be read. */
  async history(): Promise<History> {
    const object = await this.#bucket.get(historyKey(this.#repository));
    return (object && parseHistory(await object.text())) ?? { revisions: [] };
  }

  #key(revision: string, document: RevisionDocument): string {
    return revisionKey(this.#repository, revision, document);
  }
}
