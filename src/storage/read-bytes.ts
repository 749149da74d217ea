import { StorageUnavailable } from "./storage-unavailable.ts";

/** The whole of a small document. @throws StorageUnavailable when the store breaks off */
export async function readBytes(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await new Response(body).arrayBuffer());
  } catch (cause) {
    throw new StorageUnavailable("A document broke off while it was read.", { cause });
  }
}
