/** More entries are never given at once; a list without `n` is cut there too. */
export const mostEntries = 1000;

export interface PageRequest {
  /** At most `mostEntries`. */
  n: number;
  /** Entries up to this one are left out, whether it exists or not. "" leaves none out. */
  last: string;
}

/** `undefined`: `n` is no number (distribution-spec, "Listing Tags"). */
export function readPageRequest(query: URLSearchParams): PageRequest | undefined {
  const n = query.get("n");
  if (n !== null && !/^\d+$/.test(n)) return undefined;
  return { n: n === null ? mostEntries : Math.min(Number(n), mostEntries), last: query.get("last") ?? "" };
}

export interface Page {
  items: string[];
  /** The last of the items, where more follow. */
  next?: string;
}

/** @param names in any order, of ASCII, which JavaScript sorts as the spec wants it */
export function pageOf(names: Iterable<string>, { n, last }: PageRequest): Page {
  const rest = [...new Set(names)].filter((name) => name > last).toSorted(ascending);
  const items = rest.slice(0, n);
  const end = items.at(-1);
  return end === undefined || items.length === rest.length ? { items } : { items, next: end };
}

/** RFC 8288; relative, because whoever stands before us may have another host. */
export const linkTo = (path: string, n: number, last: string): string =>
  `<${path}?n=${n}&last=${encodeURIComponent(last)}>; rel="next"`;

export const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
