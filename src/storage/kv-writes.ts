import { StorageUnavailable } from "./storage-unavailable.ts";

/** KV as the Keeper writes it. */
export interface KvWrites {
  put(key: string, value: string | ArrayBuffer): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * KV, no write of which takes longer than so many milliseconds. A binding has no time limit of its own, and behind
 * KV, which nobody needs, wait the history and the status. Not `within`, whose timers run on: they would keep a
 * Durable Object in memory.
 *
 * @throws StorageUnavailable when the time is over; the write may still take effect
 */
export function kvWrites(kv: KvWrites, milliseconds: number): KvWrites {
  const inTime = async (work: Promise<void>): Promise<void> => {
    const over = new AbortController();
    const deadline = async (): Promise<never> => {
      await scheduler.wait(milliseconds, { signal: over.signal });
      throw new StorageUnavailable(`No answer from KV within ${milliseconds} ms.`);
    };
    try {
      await Promise.race([work, deadline()]);
    } finally {
      over.abort();
    }
  };
  return {
    put: (key, value) => inTime(kv.put(key, value)),
    delete: (key) => inTime(kv.delete(key)),
  };
}
