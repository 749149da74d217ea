import { gunzipSync } from "node:zlib";
import type { ReadResponse } from "../support/response-reader.ts";
import { type Entry, sha256, type Truth, whyNotTrue } from "./truth.ts";

/** One kind of request: what is asked, and what the answer must be. */
export interface Asked {
  kind: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  statuses: readonly number[];
  /** Why the answer is wrong. The body is whole. */
  check(answer: ReadResponse, body: Buffer): string | undefined;
}

const longestQueue = 2_000;

/** What readers have learnt, and what they go by. */
export class Readers {
  readonly #truth: Truth;
  /** Bodies that were read entry by entry and found true, by what they are of and their hash. */
  readonly #verified = new Set<string>();
  /** `<path> <ETag>` → hash of the body: a strong tag names the same bytes for ever. */
  readonly #tagged = new Map<string, string>();
  /** Archives that an index listed and nobody has asked for yet: a version's first reader comes at once. */
  readonly #listed: { repository: string; entry: Entry }[] = [];
  readonly #asked = new Set<string>();
  /** Entity tag of a path's last answer. */
  readonly etags = new Map<string, string>();

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** An archive that is listed since a moment ago, if there is one. */
  nextListed(): { repository: string; entry: Entry } | undefined {
    return this.#listed.shift();
  }

  /** An index, be it JSON, and each of its entries. */
  checkIndex(repository: string, path: string, answer: ReadResponse, body: Buffer): string | undefined {
    return (
      this.#checkTag(path, answer, body) ??
      this.#once(`index ${repository}`, body, () => {
        const isGzip = answer.headers.get("content-encoding") === "gzip";
        const index: { entries: Record<string, Entry[]> } = JSON.parse(
          String(isGzip ? gunzipSync(body) : body),
        );
        return this.#checkEntries(repository, Object.values(index.entries).flat());
      })
    );
  }

  /** ChartMuseum's list of one chart's versions. */
  checkVersions(repository: string, path: string, answer: ReadResponse, body: Buffer): string | undefined {
    return (
      this.#checkTag(path, answer, body) ??
      this.#once(`versions ${repository}`, body, () =>
        this.#checkEntries(repository, JSON.parse(String(body)) satisfies Entry[]),
      )
    );
  }

  /** Something that says its own type and whose meaning `read` checks, once for the same bytes. */
  checkOnce(what: string, body: Buffer, read: () => string | undefined): string | undefined {
    return this.#once(what, body, read);
  }

  #once(what: string, body: Buffer, read: () => string | undefined): string | undefined {
    const key = `${what} ${sha256(body)}`;
    if (this.#verified.has(key)) return undefined;
    const why = read();
    if (why === undefined) this.#verified.add(key);
    return why;
  }

  #checkEntries(repository: string, entries: readonly Entry[]): string | undefined {
    if (entries.length === 0) return "it lists nothing";
    for (const entry of entries) {
      const why = whyNotTrue(this.#truth, repository, entry);
      if (why !== undefined) return why;
      this.#learn(repository, entry);
    }
    return undefined;
  }

  #learn(repository: string, entry: Entry): void {
    const key = `${repository} ${entry.digest}`;
    if (this.#asked.has(key) || this.#listed.length >= longestQueue) return;
    this.#asked.add(key);
    this.#listed.push({ repository, entry });
  }

  #checkTag(path: string, { headers }: ReadResponse, body: Buffer): string | undefined {
    const etag = headers.get("etag");
    if (etag === undefined) return "it has no ETag";
    this.etags.set(path, etag);
    const key = `${path} ${etag}`;
    const hash = sha256(body);
    const before = this.#tagged.get(key);
    this.#tagged.set(key, hash);
    return before === undefined || before === hash ? undefined : `other bytes under the same ETag ${etag}`;
  }
}

/** Bytes that must have a digest. */
export const hasDigest = (body: Buffer, digest: string): string | undefined => {
  const found = sha256(body);
  return found === digest ? undefined : `its bytes have the digest ${found}, not ${digest}`;
};
