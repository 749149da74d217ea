import { storeUpstreamIndex } from "../storage/upstream-index.ts";
import { CompressedDocument } from "./streamed-document.ts";

/** Keeps the text of a source's index while it is being read, for the maintainer who will have to restore it. */
export class IndexCopy {
  readonly #compressed = new CompressedDocument();
  #bytes = 0;

  /** The body as it comes, each chunk valid until the next one is asked for. */
  async *through(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of body) {
      this.#bytes += chunk.byteLength;
      await this.#compressed.write(chunk.slice());
      yield chunk;
    }
  }

  /** The index was read to its end, and it is a good one. */
  async store(bucket: Pick<R2Bucket, "put">, repository: string, url: string, now: number): Promise<void> {
    const gzip = await this.#compressed.end();
    const fetchedAt = new Date(now).toISOString();
    await storeUpstreamIndex(bucket, repository, { url, fetchedAt, bytes: this.#bytes }, gzip);
  }

  async discard(): Promise<void> {
    await this.#compressed.abort("not a good index");
  }
}
