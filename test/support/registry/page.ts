import type { RegistrySettings } from "./options.ts";

export interface Page {
  names: string[];
  /** Value of the Link header, where there is more. */
  link: string | undefined;
}

/**
 * Cuts a listing as `n` and `last` ask for (distribution-spec, "Listing Tags"): `last` is exclusive and
 * need not exist, `n=0` is an empty page without a next one. `undefined` where `n` is refused.
 */
export function pageOf(
  all: readonly string[],
  url: URL,
  { pageSize, link }: Pick<RegistrySettings, "pageSize" | "link">,
): Page | undefined {
  const size = sizeOf(url.searchParams.get("n"), pageSize);
  if (size === undefined) return undefined;
  const last = lastOf(url.searchParams, link);
  const rest = all.toSorted().filter((name) => last === undefined || name > last);
  const names = rest.slice(0, size);
  const end = names.at(-1);
  if (end === undefined || names.length === rest.length) return { names, link: undefined };
  return { names, link: `<${nextPage(url, size, end, link)}>; rel="next"` };
}

function sizeOf(asked: string | null, rules: RegistrySettings["pageSize"]): number | undefined {
  const maximum = rules.maximum ?? Number.POSITIVE_INFINITY;
  if (asked === null) return rules.default ?? maximum;
  if (!/^\d+$/.test(asked)) return undefined;
  if (Number(asked) <= maximum) return Number(asked);
  return rules.beyond === "refuse" ? undefined : maximum;
}

function lastOf(query: URLSearchParams, link: RegistrySettings["link"]): string | undefined {
  if (link !== "opaque") return query.get("last") ?? undefined;
  const token = query.get("next_page");
  return token === null ? undefined : Buffer.from(token, "base64").toString().slice(padding.length);
}

/** So that the token ends with `=` or holds `/`, which whoever rebuilds the query would get wrong. */
const padding = "\u00ff\u00ff";

function nextPage(url: URL, size: number, end: string, link: RegistrySettings["link"]): string {
  const query =
    link === "opaque"
      ? { next_page: Buffer.from(`${padding}${end}`).toString("base64"), n: String(size) }
      : { last: end, n: String(size) };
  const target = `${url.pathname}?${new URLSearchParams(query).toString()}`;
  return link === "absolute" ? `${url.origin}${target}` : target;
}
