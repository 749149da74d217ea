import { StorageUnavailable } from "../storage/storage-unavailable.ts";

/**
 * The lines of a document as they arrive, without their ends. Of a chart's lines there may be megabytes, so
 * never more of them is held than one and what came with it.
 *
 * @throws StorageUnavailable when the store breaks off
 */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of unbroken(body)) {
    const [first = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    parts.push(first);
    for (const next of more) {
      yield parts.join("");
      parts = [next];
    }
  }
  yield parts.join("");
}

async function* unbroken(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw new StorageUnavailable("A document broke off while it was read.", { cause });
  } finally {
    await reader.cancel().catch(() => undefined); // who has found what he looked for reads no further
  }
}
