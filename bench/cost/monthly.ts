import { type Price, prices } from "./prices.ts";

/** What one request of a kind takes when the Worker answers it. */
export interface RequestCost {
  cpuMilliseconds: number;
  kvReads: number;
  r2Reads: number;
}

export interface MixedRequest extends RequestCost {
  /** Of all requests, from 0 to 1. */
  share: number;
}

/**
 * Dollars a month for reading; the whole bill but for storage and the write side.
 *
 * @param hits share of the requests that the platform's cache answers: each still costs a request, but no CPU
 *   and no storage reads
 */
export function monthlyCost(requests: number, mix: readonly MixedRequest[], hits: number): number {
  const invocations = requests * (1 - hits);
  const sum = (what: keyof RequestCost): number =>
    invocations * mix.reduce((total, request) => total + request.share * request[what], 0);
  return (
    prices.plan +
    beyond(prices.requests, requests) +
    beyond(prices.cpuMilliseconds, sum("cpuMilliseconds")) +
    beyond(prices.kvReads, sum("kvReads")) +
    beyond(prices.r2Reads, sum("r2Reads"))
  );
}

const beyond = ({ included, perMillion }: Price, used: number): number =>
  (Math.max(0, used - included) / 1e6) * perMillion;
