import { StorageUnavailable } from "./storage-unavailable.ts";

/**
 * Waits for a store no longer than so many milliseconds: a binding has no time limit of its own, and a store
 * that hangs must not take its readers along.
 *
 * @param discard gets what arrives too late, to let go of its body
 * @throws StorageUnavailable when the time is over; otherwise whatever `work` throws
 */
export async function within<T>(
  milliseconds: number,
  work: Promise<T>,
  discard: (late: T) => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StorageUnavailable(`No answer from storage within ${milliseconds} ms.`));
      work.then(discard, () => undefined);
    }, milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
