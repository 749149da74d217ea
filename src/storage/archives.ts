/** What to read of an object; at most one of the two is set. */
export interface ArchiveRequest {
  /** First byte and count, already checked against nothing: the store clamps it to the object's size. */
  range?: { offset: number; length?: number } | { suffix: number };
}

export interface OpenArchive {
  body: ReadableStream<Uint8Array>;
  /** Size of the whole object in bytes. */
  size: number;
  /** When it was stored; with a range, which part the body holds. */
  uploaded: Date;
  range?: { offset: number; length: number };
}

/** Reads archives and provenance by key, each with one storage operation. Absent is `undefined`. */
export interface ArchiveReader {
  /** `"unsatisfiable"`: the range lies behind the end. */
  open(key: string, request?: ArchiveRequest): Promise<OpenArchive | undefined | "unsatisfiable">;
  /** Size and time without a body. */
  describe(key: string): Promise<{ size: number; uploaded: Date } | undefined>;
}
