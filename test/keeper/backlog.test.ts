import { expect, test } from "vitest";
import { type Backlog, observeBacklog } from "../../src/keeper/backlog.ts";

const minute = 60_000;

/** How it looks behind each of these numbers, which were seen so many minutes apart. */
function seen(numbers: readonly number[], minutes: number): boolean[] {
  let backlog: Backlog | undefined;
  return numbers.map((pending, index) => {
    backlog = observeBacklog(backlog, pending, index * minutes * minute);
    return backlog.growing;
  });
}

test.for([
  ["a first fill, which shrinks", [9000, 8000, 7000, 6000, 0, 0], -1],
  ["versions at once in a quiet repository", [0, 0, 0, 500, 300, 0, 0], -1],
  ["a number that stays", [5, 5, 5, 5, 5], -1],
  ["more and more", [0, 3, 7, 9], 2],
  ["more, and then nothing of it done", [0, 0, 5, 5, 5], 3],
] as const)("%s", ([, numbers, from]) => {
  const growing = seen(numbers, 60);
  expect(growing.indexOf(true)).toBe(from);
});

test("it goes on while nothing is done, and ends when something is", () => {
  expect(seen([0, 3, 7, 7, 6, 6, 6], 60)).toEqual([false, false, true, true, false, false, false]);
});

test("ends as soon as nothing waits", () => {
  const backlog: Backlog = { at: 0, marks: [1, 2], growing: true };
  expect(observeBacklog(backlog, 0, minute).growing).toBe(false);
});

test("an idle repository has nothing new to remember, and within an hour nobody has", () => {
  const idle: Backlog = { at: 0, marks: [0, 0], growing: false };
  expect(observeBacklog(idle, 0, 1e12)).toBe(idle);
  expect(observeBacklog(idle, 7, 59 * minute)).toBe(idle);
});
