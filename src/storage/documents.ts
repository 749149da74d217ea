/** A stored document, opened for reading. */
export interface OpenDocument {
  body: ReadableStream<Uint8Array>;
  /** In bytes, where the store knows it without reading. */
  size?: number;
}

/** Reads whole documents by key. Absent is `undefined`; a store that fails throws. */
export interface DocumentReader {
  open(key: string): Promise<OpenDocument | undefined>;
}
