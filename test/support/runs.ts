import { inject } from "vitest";

const [seed, thorough] = [inject("seed"), inject("thorough")];
console.log(`random cases begin at CHARTKEEP_SEED=${seed}`);

/** Milliseconds after which no further case is begun, however slow the machine. */
const enough = thorough ? 200_000 : 10_000;

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
});
