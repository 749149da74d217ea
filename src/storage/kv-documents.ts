import type { ByteRange, DocumentReader } from "./documents.ts";
import { withdrawalsKey } from "./keys.ts";

/**
 * How long a location keeps what it read. The head moves with every publication, and what is withdrawn counts at
 * once, so they get the shortest time that KV allows. Everything else under a revision never changes; an hour, and not more, because KV
 * remembers for as long that a key was absent.
 */
const movingSeconds = 30;
const revisionSeconds = 3600;

/** Documents near every reader. KV knows no ranges: what lies before one is read and thrown away. */
export function kvDocuments(namespace: Pick<KVNamespace, "get">): DocumentReader {
  const reader: DocumentReader = {
    async open(key, range) {
      const cacheTtl = secondsOf(key);
      const body: ReadableStream<Uint8Array> | null = await namespace.get(key, { type: "stream", cacheTtl });
      if (body === null) return undefined;
      return { body: range === undefined ? body : body.pipeThrough(slice(range)) };
    },
    async text(key) {
      return (await namespace.get(key, { type: "text", cacheTtl: secondsOf(key) })) ?? undefined;
    },
    async bytes(key, range) {
      const document = await reader.open(key, range);
      return document && new Uint8Array(await new Response(document.body).arrayBuffer());
    },
  };
  return reader;
}

const secondsOf = (key: string): number =>
  key.endsWith("/head") || key === withdrawalsKey ? movingSeconds : revisionSeconds;

function slice({ offset, length }: ByteRange): TransformStream<Uint8Array, Uint8Array> {
  let before = offset;
  let wanted = length;
  return new TransformStream({
    transform(chunk, controller) {
      const part = chunk.subarray(before, before + wanted);
      before = Math.max(0, before - chunk.byteLength);
      wanted -= part.byteLength;
      if (part.byteLength > 0) controller.enqueue(part);
      if (wanted === 0) controller.terminate();
    },
  });
}
