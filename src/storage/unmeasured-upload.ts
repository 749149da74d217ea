export type UploadBucket = Pick<R2Bucket, "put" | "createMultipartUpload">;

/** R2 takes no smaller parts, but for the last one, and no unequal ones. */
const partBytes = 5 * 1024 * 1024;

/**
 * Stores bytes of which nobody knows how many will come, without holding more than one part of them. Nothing is
 * there before `finish`, and what was there until then is replaced as a whole.
 */
export class UnmeasuredUpload {
  readonly #bucket: UploadBucket;
  readonly #key: string;
  readonly #options: R2MultipartOptions;
  /** Bytes written so far. */
  length = 0;
  readonly #buffer = new Uint8Array(partBytes);
  #filled = 0;
  #upload: R2MultipartUpload | undefined;
  readonly #parts: R2UploadedPart[] = [];

  constructor(bucket: UploadBucket, key: string, options: R2MultipartOptions = {}) {
    this.#bucket = bucket;
    this.#key = key;
    this.#options = options;
  }

  /** The chunk may change as soon as this has come back. */
  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    this.length += chunk.byteLength;
    while (rest.byteLength > 0) {
      const part = rest.subarray(0, partBytes - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#filled === partBytes) await this.#uploadPart();
    }
  }

  async finish(): Promise<void> {
    if (this.#upload === undefined) {
      await this.#bucket.put(this.#key, this.#buffer.subarray(0, this.#filled), this.#options);
      return;
    }
    if (this.#filled > 0) await this.#uploadPart();
    await this.#upload.complete(this.#parts);
  }

  /** What came so far is of no use. R2 forgets it by itself, sooner or later. */
  async discard(): Promise<void> {
    await this.#upload?.abort().catch(() => undefined);
  }

  async #uploadPart(): Promise<void> {
    this.#upload ??= await this.#bucket.createMultipartUpload(this.#key, this.#options);
    const part = this.#buffer.subarray(0, this.#filled);
    this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, part));
    this.#filled = 0;
  }
}
