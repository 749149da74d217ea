import { edgeUnderTest } from "../support/edge-under-test.ts";
import { repositoryConfig } from "../support/keeper-harness.ts";
import { sha256 } from "../../src/storage/archive-store.ts";

export interface Stores {
  kv: KVNamespace;
  bucket: R2Bucket;
}

/**
 * What readers of a repository get, each through an isolate of his own: its index, and every archive by its URL,
 * with the bytes that the URL promises.
 *
 * @returns the index
 * @throws {Error} what they do not get
 */
export async function readAll(repository: string, stores: Stores, now: () => number): Promise<string> {
  const config = { repositories: { [repository]: repositoryConfig } };
  const edge = edgeUnderTest({ config, ...stores, patience: 100, now });
  const get = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
    const answer = await edge.request(`/${repository}/${path}`);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const index = new TextDecoder().decode(await get("index.yaml"));
  for (const url of archiveUrls(index)) {
    const [, promised] = url.split("/");
    const digest = await sha256(await get(url));
    if (digest !== promised) throw new Error(`${url} has the bytes of ${digest}`);
  }
  return index;
}

export const archiveUrls = (index: string): string[] =>
  Array.from(index.matchAll(/"(charts\/[^"]+)"/g), ([, url = ""]) => url);

/** Reads a repository again and again, while others do what they do. */
export class StorageReaders {
  rounds = 0;
  readonly #read: () => Promise<string>;
  readonly #least: readonly string[];
  readonly #reading: Promise<void>;
  #isOver = false;

  /** @param before an index; what it lists is listed for good */
  constructor(read: () => Promise<string>, before: string) {
    this.#read = read;
    this.#least = archiveUrls(before);
    this.#reading = this.#readOn();
    this.#reading.catch(() => undefined); // told by `stop`
  }

  /** @throws {Error} what they did not get, or get no more */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#reading;
    await this.#readOnce();
  }

  async #readOn(): Promise<void> {
    while (!this.#isOver) {
      await this.#readOnce();
      await scheduler.wait(10);
    }
  }

  async #readOnce(): Promise<void> {
    const urls = new Set(archiveUrls(await this.#read()));
    const lost = this.#least.filter((url) => !urls.has(url));
    if (lost.length > 0) throw new Error(`not listed any more: ${lost.join(" ")}`);
    this.rounds += 1;
  }
}
