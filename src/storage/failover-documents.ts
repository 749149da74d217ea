import type { ByteRange, DocumentReader, OpenDocument } from "./documents.ts";
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
  return {
    async open(key, range) {
      const failures: unknown[] = [];
      for (const [store, milliseconds] of [
        [first, limits.first],
        [second, limits.second],
      ] as const) {
        const document = await attempt(store, key, range, milliseconds, failures);
        if (document !== undefined) return document;
      }
      if (failures.length === 0) return undefined;
      throw new StorageUnavailable("No store could be read.", { cause: failures });
    },
  };
}

async function attempt(
  store: DocumentReader,
  key: string,
  range: ByteRange | undefined,
  milliseconds: number,
  failures: unknown[],
): Promise<OpenDocument | undefined> {
  try {
    return await within(milliseconds, store.open(key, range), (late) => void late?.body.cancel());
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}
