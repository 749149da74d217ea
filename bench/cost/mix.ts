import type { RequestKind } from "../peers/request-kinds.ts";

/**
 * Shares of all requests; nobody has measured them. Helm itself sends no If-None-Match, Flux, Argo CD and
 * Renovate ask again and again, and most of what is asked for is an index.
 */
export const requestMix: Readonly<Record<RequestKind, number>> = {
  index: 0.55,
  latest: 0.1,
  chart: 0.05,
  unchanged: 0.1,
  archive: 0.15,
  manifest: 0.05,
};

/** Of the requests, which the platform's cache answers. */
export const hitShares = [0, 0.9, 0.99];

export const monthlyRequests = [10e6, 100e6, 1e9];
