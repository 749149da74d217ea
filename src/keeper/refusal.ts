import type { JudgedRelease } from "./judgements-table.ts";

/** Why a release may not be listed, whatever its sources show. */
export type Refusal = "withdrawn" | "unverified";

/** undefined: nothing speaks against it. */
export function refusalOf(_release: JudgedRelease): Refusal | undefined {
  return undefined;
}
