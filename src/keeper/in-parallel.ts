/** Workers allow six connections that wait for headers; more would only queue. */
export const connections = 6;
/** So many failures in a row that may pass: the upstream is down, and asking on is no use to anybody. */
export const giveUpAfter = 6;

/**
 * Runs `work` for the items in order, so many at a time, until one says stop or throws. What has begun is
 * waited for in either case; then the first error is thrown.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<"go on" | "stop">,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      for (let item = items[next]; item !== undefined; item = items[next]) {
        next += 1;
        if ((await work(item)) === "stop") next = items.length;
      }
    } finally {
      next = items.length; // at the end of the items, or after an error: nothing more is begun
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  const failed = lanes.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
