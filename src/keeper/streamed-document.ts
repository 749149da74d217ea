/** Stores a document while it is being written: R2 wants to know its length, and gets the bytes as they come. */
export class StreamedDocument {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stored: Promise<void>;

  /** @param bytes exactly how many will be written */
  constructor(bytes: number, put: (body: ReadableStream<Uint8Array>) => Promise<void>) {
    const { readable, writable } = new FixedLengthStream(bytes);
    this.#writer = writable.getWriter();
    this.#stored = put(readable).catch(async (error: unknown) => {
      await this.abort(error); // or writing would wait for ever
      throw error;
    });
    this.#stored.catch(() => undefined); // told by `write` and `end`
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#writer.write(chunk);
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.#stored;
  }

  /** Nothing of it is stored. */
  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => undefined);
  }
}

/** A document's gzip form, held in memory: nobody knows its length before the end. */
export class CompressedDocument {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #compressed: Promise<Blob>;

  constructor() {
    const { readable, writable } = new CompressionStream("gzip");
    this.#writer = writable.getWriter();
    this.#compressed = new Response(readable).blob();
    this.#compressed.catch(() => undefined); // told by `end`
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#writer.write(chunk);
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => undefined);
  }

  async end(): Promise<Blob> {
    await this.#writer.close();
    return await this.#compressed;
  }
}
