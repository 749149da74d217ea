import { parseNextPage } from "../oci/next-page.ts";
import { shown } from "./bounded-fetch.ts";
import { UpstreamError } from "./upstream-error.ts";

const mostPages = 1000;
const longestAddress = 4096;

export interface Page<T> {
  content: T;
  /** The answer's Link header. */
  link: string | null;
}

/**
 * The pages of a list, as far as Link headers lead (distribution-spec, "Listing Tags").
 * @throws {UpstreamError} forbidden-address for a link to another origin, malformed-answer for one that leads
 *   back or on for ever
 */
export async function* pagesOf<T>(first: URL, ask: (url: URL) => Promise<Page<T>>): AsyncGenerator<T, void> {
  const seen = new Set<string>();
  for (let url: URL | undefined = first; url !== undefined;) {
    if (seen.has(url.href)) throw new UpstreamError("malformed-answer", `${shown(url)}: its pages go round`);
    if (seen.size === mostPages) {
      throw new UpstreamError("malformed-answer", `${shown(url)}: more than ${mostPages} pages`);
    }
    seen.add(url.href);
    const page: Page<T> = await ask(url);
    yield page.content;
    url = nextOf(page.link, url);
  }
}

function nextOf(link: string | null, url: URL): URL | undefined {
  const reference = parseNextPage(link);
  if (reference === undefined) return undefined;
  const next = reference.length > longestAddress ? null : URL.parse(reference, url.href);
  if (next === null)
    throw new UpstreamError("malformed-answer", `${shown(url)}: its next page is no address`);
  if (next.origin === url.origin) return next;
  throw new UpstreamError("forbidden-address", `${shown(next)}: the next page is on another host`);
}
