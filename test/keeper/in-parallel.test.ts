import { expect, test } from "vitest";
import { inParallel } from "../../src/keeper/in-parallel.ts";

test("works on so many at a time, in order, and all of them", async () => {
  const started: number[] = [];
  let open = 0;
  let widest = 0;
  await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    started.push(item);
    widest = Math.max(widest, ++open);
    await scheduler.wait(1);
    open -= 1;
    return "go on";
  });
  expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(widest).toBe(3);
});

test("begins nothing after a stop, but lets finish what has begun", async () => {
  const finished: number[] = [];
  await inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
    await scheduler.wait(item);
    finished.push(item);
    return item === 1 ? "stop" : "go on";
  });
  expect(finished).toEqual([1, 2]);
});

test("waits for what has begun before it throws", async () => {
  const finished: number[] = [];
  const working = inParallel([1, 5, 3], 2, async (item) => {
    await scheduler.wait(item);
    if (item === 1) throw new Error("storage");
    finished.push(item);
    return "go on";
  });
  await expect(working).rejects.toThrow("storage");
  expect(finished).toEqual([5]);
});
