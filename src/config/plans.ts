import type { Budget } from "./config.ts";

/** Cloudflare's Workers plans, as far as they decide how much one unit of work may do. */
export type Plan = "free" | "paid";

/**
 * What a unit may do unless the operator says otherwise.
 *
 * free: the platform ends an invocation at its 51st request to the outside. An archive takes up to three
 * (itself, GitHub's redirect to its storage, its provenance), so twelve of them and the checks stay below.
 * Ten milliseconds of CPU are some hundred entries.
 *
 * paid: 10,000 requests, 30 s of CPU and 15 min of wall clock. 25,000 entries are read in about six seconds
 * of CPU. 250 archives are a minute's work at six at a time, and what was copied is listed after each unit:
 * larger units would only keep readers waiting for the first versions.
 */
export const planBudgets: Readonly<Record<Plan, Readonly<Budget>>> = {
  free: { entries: 250, archives: 12, subrequests: 45 },
  paid: { entries: 25_000, archives: 250, subrequests: 1000 },
};

/** Requests to the outside that the platform allows in one invocation. */
export const planSubrequests: Readonly<Record<Plan, number>> = { free: 50, paid: 10_000 };
