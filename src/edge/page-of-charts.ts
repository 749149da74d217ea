/** A part of the list of charts, as ChartMuseum's `?offset=&limit=` names it. */
export interface Page {
  offset: number;
  /** All that follow where it is left out. */
  limit?: number;
}

/** Nine digits stay exact as a number; no repository has nearly as many charts. */
const number = /^\d{1,9}$/;

/** With ChartMuseum's own words where a number is none. `undefined`: nothing asked, which means all. */
export function readPage(query: URLSearchParams): Page | { problem: string } | undefined {
  const [offset, limit] = [query.get("offset"), query.get("limit")];
  if (offset === null && limit === null) return undefined;
  if (offset !== null && !number.test(offset)) {
    return { problem: "offset is not a valid non-negative integer" };
  }
  if (limit !== null && (!number.test(limit) || Number(limit) === 0)) {
    return { problem: "limit is not a valid positive integer" };
  }
  return { offset: Number(offset ?? 0), ...(limit === null ? {} : { limit: Number(limit) }) };
}

export const pageOf = (names: readonly string[], { offset, limit }: Page): string[] =>
  names.slice(offset, limit === undefined ? undefined : offset + limit);
