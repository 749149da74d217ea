import { StorageUnavailable } from "./storage-unavailable.ts";

/**
 * Waits for a store no longer than so many milliseconds: a binding has no time limit of its own, and a store
 * that hangs must not take its readers along.
 *
 * `scheduler.wait`, and nobody stops it: it is over with the request that began it, and a timer that is set and
 * cleared takes a tenth of the time of a whole request.
 *
 * @param discard gets what arrives too late, to let go of its body
 * @throws StorageUnavailable when the time is over; otherwise whatever `work` throws
 */
export async function within<T>(
  milliseconds: number,
  work: Promise<T>,
  discard: (late: T) => void,
): Promise<T> {
  let isOver = false;
  const deadline = async (): Promise<never> => {
    await scheduler.wait(milliseconds);
    if (!isOver) work.then(discard, () => undefined);
    throw new StorageUnavailable(`No answer from storage within ${milliseconds} ms.`);
  };
  try {
    return await Promise.race([work, deadline()]);
  } finally {
    isOver = true;
  }
}
