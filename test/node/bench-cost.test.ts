import { expect, test } from "vitest";
import { requestMix } from "../../bench/cost/mix.ts";
import { monthlyCost } from "../../bench/cost/monthly.ts";

const request = { share: 1, cpuMilliseconds: 1, kvReads: 2, r2Reads: 1 };

test("what the plan includes costs the plan", () => {
  expect(monthlyCost(5e6, [request], 0)).toBe(5);
});

test("a hundred million requests cost what the price lists say", () => {
  // requests 90 M × 0.30, CPU 70 M ms × 0.02, KV 190 M × 0.50, R2 90 M × 0.36
  expect(monthlyCost(100e6, [request], 0)).toBeCloseTo(5 + 27 + 1.4 + 95 + 32.4);
});

test("a hit costs a request, and nothing of what the Worker would have read", () => {
  expect(monthlyCost(100e6, [request], 1)).toBeCloseTo(5 + 27);
});

test("the shares of the mix are a whole", () => {
  expect(Object.values(requestMix).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});
