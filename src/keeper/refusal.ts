import type { Policies } from "../config/policies.ts";
import type { JudgedRelease } from "./judgements-table.ts";

/** Why a release may not be listed, whatever its sources show. */
export type Refusal = "withdrawn" | "unverified";

type Judged = Pick<JudgedRelease, "state" | "listed" | "provenance" | "signature" | "withdrawn">;

/**
 * undefined: nothing speaks against it. What is listed, and has provenance that was not looked at yet, stays until it
 * was: where provenance is required from now on, readers must not lose everything for the time that this takes. What
 * is not copied yet was not looked for yet either.
 */
export function refusalOf(
  { state, listed, provenance, signature, withdrawn }: Judged,
  { requireProvenance }: Pick<Policies, "requireProvenance">,
): Refusal | undefined {
  if (withdrawn === 1) return "withdrawn";
  if (!requireProvenance || (state !== "stored" && provenance === "unknown")) return undefined;
  if (provenance !== "stored" || signature === "refused") return "unverified";
  return signature === "verified" || listed === 1 ? undefined : "unverified";
}
