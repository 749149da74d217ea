/** What one kind of operation costs a month, in US dollars. */
export interface Price {
  /** So many a month cost nothing. */
  included: number;
  /** For each million beyond them. */
  perMillion: number;
}

/**
 * Cloudflare's list prices for the Workers Paid plan, as documented in November 2026:
 * developers.cloudflare.com/workers/platform/pricing, /workers/cache (Billing), /kv/platform/pricing, /r2/pricing.
 */
export const prices = {
  asOf: "November 2026",
  /** The plan itself, a month. */
  plan: 5,
  /** Every request, whether the platform's cache answers it or the Worker. */
  requests: { included: 10e6, perMillion: 0.3 },
  /** Of the Worker, so none where the cache answers. */
  cpuMilliseconds: { included: 30e6, perMillion: 0.02 },
  kvReads: { included: 10e6, perMillion: 0.5 },
  /** Class B operations. Egress is free. */
  r2Reads: { included: 10e6, perMillion: 0.36 },
} satisfies Record<string, Price | number | string>;
