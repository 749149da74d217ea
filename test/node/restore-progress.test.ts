import { expect, test } from "vitest";
import { progressLine } from "../../restore/progress.ts";
import { MirrorFailure, attempts, retryAfter, waitBeforeNext } from "../../restore/retry.ts";
import { Tally } from "../../restore/tally.ts";

const tallyOf = (values: Partial<Tally>): Tally => Object.assign(new Tally(), values);

test.each<[values: Partial<Tally>, milliseconds: number, line: string]>([
  [{}, 0, "0 of 0 archives (100%), 0 bytes fetched, 0 bytes/s"],
  [
    { total: 5000, done: 1249, bytes: 12_582_912 },
    4000,
    "1,249 of 5,000 archives (24%), 12.0 MiB fetched, 3.0 MiB/s",
  ],
  [
    { total: 2, done: 2, there: 1, trouble: [{ kind: "missing", what: "a", why: "b" }] },
    1000,
    "2 of 2 archives (100%), 1 there already, 0 bytes fetched, 0 bytes/s, 1 problem",
  ],
])("%j after %i ms is told as it is", (values, milliseconds, line) => {
  expect(progressLine(tallyOf(values), milliseconds)).toBe(line);
});

const passing = (wait: number | null = null) => new MirrorFailure("503", { passing: true, wait });

test.each<[failure: MirrorFailure, tried: number, wait: number | undefined]>([
  [passing(), 1, 500],
  [passing(), 4, 4000],
  [passing(), attempts, undefined],
  [passing(7), 1, 7000],
  [passing(0), 2, 1000],
  [passing(86_400), 1, 60_000], // nobody waits for a day
  [new MirrorFailure("403", { passing: false, wait: 1 }), 1, undefined],
])("waits before the next attempt: %o after %i", (failure, tried, wait) => {
  expect(waitBeforeNext(failure, tried, 0)).toBe(wait);
});

test.each([
  ["120", 120],
  ["0", 0],
  [null, null],
  ["-1", null],
  ["1e3", null],
  ["Wed, 21 Oct 2026 07:28:00 GMT", null],
])("reads Retry-After %j", (header, seconds) => {
  expect(retryAfter(header)).toBe(seconds);
});
