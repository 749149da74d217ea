import type { Descriptor } from "../oci/descriptor.ts";
import { isList, isObject, parseJson } from "../oci/json.ts";
import { ociIndexType } from "../oci/media-types.ts";
import { isRepositoryName, isTag } from "../oci/reference.ts";
import { readReferrers } from "../oci/referrers.ts";
import { readBounded, shown } from "./bounded-fetch.ts";
import { mediaTypeOf } from "./registry-content.ts";
import { type Page, pagesOf } from "./registry-pages.ts";
import type { RegistryAnswer, RegistryRequests } from "./registry-requests.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Registries that do not know `n` answer with all they have: some 20,000 tags of signed charts. */
const longestPage = 2 * 1024 * 1024;
const mostReferrers = 1000;
const mostReferrerPages = 10;
/** "Not here": in the words of the specification, of older registries, and of what stands before them. */
const unserved: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 400, 404, 405, 406, 410, 501]);

/** The pages of `/v2/<name>/tags/list`; what is no tag is left out. */
export function tagsOf(
  requests: RegistryRequests,
  first: URL,
  { scope, seconds }: { scope: string; seconds: number },
): AsyncGenerator<string[], void> {
  return pagesOf(first, async (url) => {
    const page = await askForList(requests, url, { key: "tags", scope, seconds });
    return { ...page, content: page.content.filter(isTag) };
  });
}

/** The pages of `/v2/_catalog`: names directly below `path`, without it. */
export function catalogOf(
  requests: RegistryRequests,
  first: URL,
  { path, seconds }: { path: string; seconds: number },
): AsyncGenerator<string[], void> {
  const prefix = path === "" ? "" : `${path}/`;
  return pagesOf(first, async (url) => {
    const page = await askForList(requests, url, {
      key: "repositories",
      scope: "registry:catalog:*",
      seconds,
    });
    const below = page.content.filter((name) => name.startsWith(prefix) && isRepositoryName(name));
    const names = below.map((name) => name.slice(prefix.length)).filter((name) => !name.includes("/"));
    return { ...page, content: names };
  });
}

async function askForList(
  requests: RegistryRequests,
  url: URL,
  { key, scope, seconds }: { key: "tags" | "repositories"; scope: string; seconds: number },
): Promise<Page<string[]>> {
  const answer = await requests.ask(url, { scope, seconds, accept: "application/json" });
  if (answer.response.status === 400 && url.searchParams.has("n")) {
    // Distribution refuses more than its operator allows, and gives pages of its own size where none is asked for.
    const unsized = new URL(url);
    unsized.searchParams.delete("n");
    return await askForList(requests, unsized, { key, scope, seconds });
  }
  if (answer.response.status !== 200) throw requests.failure(answer);
  const document = parseJson(await readBounded(answer.response, answer.url.href, longestPage));
  const listed = isObject(document) ? document[key] : undefined;
  const link = answer.response.headers.get("link");
  // The registry of the CNCF's distribution writes null for none.
  if (listed === null) return { content: [], link };
  if (isList(listed)) return { content: listed.filter((item) => typeof item === "string"), link };
  throw new UpstreamError("malformed-answer", `${shown(answer.url)}: status 200, but no list of ${key}`);
}

/**
 * The referrers API (distribution-spec, "Listing Referrers"), or `undefined` where it is not served: GHCR
 * redirects to a page of github.com, which is not followed because that answers 429.
 */
export async function referrersOf(
  requests: RegistryRequests,
  first: URL,
  { scope, seconds }: { scope: string; seconds: number },
): Promise<Descriptor[] | undefined> {
  const pages = pagesOf(first, async (url) => {
    const answer = await requests.ask(url, { scope, seconds, accept: ociIndexType, follow: false });
    return { content: await readPage(requests, answer), link: answer.response.headers.get("link") };
  });
  const found: Descriptor[] = [];
  let count = 0;
  for await (const page of pages) {
    if (page === undefined) return undefined;
    found.push(...page);
    count += 1;
    if (count === mostReferrerPages || found.length >= mostReferrers) break;
  }
  return found.slice(0, mostReferrers);
}

async function readPage(
  requests: RegistryRequests,
  answer: RegistryAnswer,
): Promise<Descriptor[] | undefined> {
  const { response, url } = answer;
  if (unserved.has(response.status)) return undefined;
  if (response.status !== 200) throw requests.failure(answer);
  const mediaType = mediaTypeOf(response);
  if (mediaType !== ociIndexType && mediaType !== "application/json") {
    await response.body?.cancel();
    return undefined;
  }
  return readReferrers(await readBounded(response, url.href, longestPage), mediaType, mostReferrers);
}
