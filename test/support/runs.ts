import * as fc from "fast-check";
import { inject } from "vitest";

const [seed, thorough] = [inject("seed"), inject("thorough")];
console.log(`random cases begin at CHARTKEEP_SEED=${seed}`);

/** Milliseconds after which no further case is begun, however slow the machine. */
const enough = thorough ? 40_000 : 10_000;

/**
 * How often a property is tried, and from which seed on: CHARTKEEP_SEED, where it is set, repeats what it was.
 *
 * @param few in `npm test`
 * @param many in CI, which sets CHARTKEEP_THOROUGH
 */
export const runs = (few: number, many: number) => ({
  numRuns: thorough ? many : few,
  seed,
  interruptAfterTimeLimit: enough,
  reporter: report,
});

/** @throws {Error} with the smallest case that was found, and how to see it again */
function report<T>(details: fc.RunDetails<T>): void {
  const { failed, interrupted, numRuns } = details;
  if (failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  if (interrupted) console.log(`${numRuns} cases in ${enough} ms, and the time was over`);
}
