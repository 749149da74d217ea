import type { JudgedRelease } from "./judgements-table.ts";

/** Why a release may not be listed, whatever its sources show. */
export type Refusal = "withdrawn" | "unverified";

/** undefined: nothing speaks against it. */
export function refusalOf({ withdrawn }: Pick<JudgedRelease, "withdrawn">): Refusal | undefined {
  return withdrawn === 1 ? "withdrawn" : undefined;
}
