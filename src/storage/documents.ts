/** A stored document, opened for reading. */
export interface OpenDocument {
  body: ReadableStream<Uint8Array>;
  /** Bytes that the body holds, where the store knows it without reading. */
  size?: number;
}

/** A part of a document, in bytes. It must begin inside the document; one that ends behind it is cut off. */
export interface ByteRange {
  offset: number;
  length: number;
}

/** Reads documents by key, whole or in part. Absent is `undefined`; a store that fails throws. */
export interface DocumentReader {
  open(key: string, range?: ByteRange): Promise<OpenDocument | undefined>;
  /** The whole of a small one, in UTF-8: the platform reads it in one piece, which costs less than a stream. */
  text(key: string): Promise<string | undefined>;
  /** A small part, in one piece too. */
  bytes(key: string, range: ByteRange): Promise<Uint8Array<ArrayBuffer> | undefined>;
}
