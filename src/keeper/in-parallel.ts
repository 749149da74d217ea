/** Runs `work` for the items in order, so many at a time, until it says stop or fails. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<"go on" | "stop">,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next]; item !== undefined; item = items[next]) {
      next += 1;
      if ((await work(item)) === "stop") next = items.length;
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}
