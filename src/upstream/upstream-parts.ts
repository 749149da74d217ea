import type { Limits } from "../config/config.ts";
import type { Fetch, RequestMeter } from "./bounded-fetch.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { RegistryTokens } from "./registry-tokens.ts";

/** What every kind of source works with. */
export interface UpstreamParts {
  limits: Limits;
  fetch: Fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Shared by everything that one unit of work fetches. */
  meter: RequestMeter;
  gate: MemoryGate;
  /** May be shared by sources and outlive units of work. */
  tokens: RegistryTokens;
}
