import type { DocumentReader, OpenDocument } from "./documents.ts";
import { StorageUnavailable } from "./storage-unavailable.ts";
import { within } from "./within.ts";

/** How long each store may take to open a document, in milliseconds. */
export interface FailoverLimits {
  first: number;
  second: number;
}

/**
 * Asks one store, and another one where the first has nothing, fails, or takes too long. On 12 June 2025 KV
 * failed 90% of requests for two and a half hours: readers should not notice the next time.
 *
 * Absent is only what both stores say is absent: when one of them failed and the other has nothing, nobody
 * knows, and that is a failure.
 *
 * @throws StorageUnavailable with what the stores threw as its cause
 */
export function failoverDocuments(
  first: DocumentReader,
  second: DocumentReader,
  limits: FailoverLimits,
): DocumentReader {
  const ask = async <T>(
    read: (store: DocumentReader) => Promise<T | undefined>,
    discard: (late: T | undefined) => void,
  ): Promise<T | undefined> => {
    const failures: unknown[] = [];
    for (const [store, milliseconds] of [
      [first, limits.first],
      [second, limits.second],
    ] as const) {
      const found = await attempt(milliseconds, read(store), discard, failures);
      if (found !== undefined) return found;
    }
    if (failures.length === 0) return undefined;
    throw new StorageUnavailable("No store could be read.", { cause: failures });
  };
  return {
    open: (key, range) =>
      ask<OpenDocument>(
        (store) => store.open(key, range),
        (late) => void late?.body.cancel(),
      ),
    text: (key) => ask<string>((store) => store.text(key), forget),
    bytes: (key, range) => ask<Uint8Array<ArrayBuffer>>((store) => store.bytes(key, range), forget),
  };
}

const forget = (): void => undefined;

async function attempt<T>(
  milliseconds: number,
  reading: Promise<T | undefined>,
  discard: (late: T | undefined) => void,
  failures: unknown[],
): Promise<T | undefined> {
  try {
    return await within(milliseconds, reading, discard);
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}
