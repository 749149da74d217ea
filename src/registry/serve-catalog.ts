import { isRepositoryName } from "../oci/reference.ts";
import { readContents } from "../storage/contents-memo.ts";
import { readHead } from "../storage/current-revision.ts";
import { ascending, linkTo, pageOf, readPageRequest } from "./page.ts";
import { invalidPage, refuse } from "./refusals.ts";
import type { RegistryParts } from "./registry-parts.ts";
import { serveJson } from "./serve-json.ts";

/** So many repositories are looked into for one page, which is short then: each costs two storage reads. */
const repositoriesPerPage = 16;

/**
 * The names of all charts: optional in the distribution-spec, and what `oras repo ls` and mirrors of this
 * mirror go by. Charts of the root repository are listed under both of their names. A page may hold fewer
 * entries than were asked for, and still have a next one.
 *
 * @throws StorageUnavailable
 */
export async function serveCatalog(
  parts: Pick<RegistryParts, "config" | "documents" | "contents">,
  request: Request,
): Promise<Response> {
  const { config } = parts;
  const { searchParams } = new URL(request.url);
  const asked = readPageRequest(searchParams);
  if (asked === undefined) return refuse(invalidPage(searchParams.get("n") ?? ""));
  const { here, end } = repositoriesAfter(Object.keys(config.repositories), asked.last);
  const roots = config.root === undefined ? [] : await chartsOf(parts, config.root);
  const lists = await Promise.all(
    here.map(async (repository) =>
      (await chartsOf(parts, repository)).map((chart) => `${repository}/${chart}`),
    ),
  );
  const names = [...roots, ...lists.flat()].filter(
    (name) => isRepositoryName(name) && (end === undefined || name <= end),
  );
  const { items, next = asked.n === 0 ? undefined : end } = pageOf(names, asked);
  return await serveJson(
    request,
    { repositories: items },
    {
      headers: next === undefined ? {} : { Link: linkTo("/v2/_catalog", asked.n, next) },
      repositories: [...new Set([...here, ...(config.root === undefined ? [] : [config.root])])],
    },
  );
}

/**
 * The repositories of a page: the first ones whose charts come behind `last`. `<name>/` and not the name alone
 * puts them in the order of what is below them: `a-b/x` comes before `a/x`.
 *
 * @returns `end`: behind all charts of these repositories and before those of the others, if there are any
 */
export function repositoriesAfter(
  repositories: readonly string[],
  last: string,
): { here: string[]; end?: string } {
  const following = repositories
    .map((name) => `${name}/`)
    .toSorted(ascending)
    .filter((prefix) => prefix > last || last.startsWith(prefix))
    .map((prefix) => prefix.slice(0, -1));
  const here = following.slice(0, repositoriesPerPage);
  // No name has a `~`, and everything that a name can have sorts before it.
  return here.length === following.length ? { here } : { here, end: `${here.at(-1) ?? ""}/~` };
}

/** Nothing where nothing is published yet. */
async function chartsOf(
  parts: Pick<RegistryParts, "documents" | "contents">,
  repository: string,
): Promise<string[]> {
  const head = await readHead(parts.documents, repository);
  if (head === undefined) return [];
  return Object.keys((await readContents(parts, repository, head)).contents.charts);
}
