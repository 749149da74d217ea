/** Which bytes to read: from an offset on, for a length or to the end; or the last `suffix` bytes. */
export type ArchiveRange = { offset: number; length?: number } | { suffix: number };

export interface ArchiveDescription {
  /** Of the whole object, in bytes. */
  size: number;
  /** When it was stored. */
  uploaded: Date;
  /** Changes with the bytes; unquoted. */
  etag: string;
  /** What was written down beside the object when it was stored. */
  metadata: Readonly<Record<string, string>>;
}

export interface OpenArchive extends ArchiveDescription {
  kind: "open";
  body: ReadableStream<Uint8Array>;
  /** Which part the body holds; only after asking for a part. */
  range?: { offset: number; length: number };
}

/** The range lies behind the end, or there is nothing in it. */
export interface UnsatisfiableRange {
  kind: "unsatisfiable";
  /** Of the whole object, in bytes. */
  size: number;
}

/**
 * Reads archives, provenance and small files by key, each with one storage operation. Absent is
 * `undefined`; a store that fails throws.
 */
export interface ArchiveReader {
  open(key: string, range?: ArchiveRange): Promise<OpenArchive | UnsatisfiableRange | undefined>;
  /** The same without a body. */
  describe(key: string): Promise<ArchiveDescription | undefined>;
}
