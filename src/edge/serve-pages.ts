import { frontPage } from "../web/front-page.ts";
import { repositoryPage, type ListedCharts } from "../web/repository-page.ts";
import { renderPage, type Page } from "../web/page.ts";
import { cachePolicy } from "../http/cache-policy.ts";
import type { Edge, EdgeParts } from "./edge-parts.ts";
import { currentContents } from "./find-chart.ts";
import { readStatus, statusToShow } from "./read-status.ts";
import { wholeResponse } from "../http/whole-response.ts";

type PageParts = Pick<EdgeParts, "config" | "documents">;

/** What this is, and every repository with the state of its sources. */
export async function serveFrontPage({ config, documents }: PageParts, request: Request): Promise<Response> {
  const repositories = await Promise.all(
    Object.entries(config.repositories).map(async ([name, repository]) => ({
      name,
      status: statusToShow(await readStatus(documents, name), repository),
    })),
  );
  const { origin } = new URL(request.url);
  return pageResponse(frontPage({ origin, root: config.root, repositories }));
}

/** One repository: its sources, its problems, its charts. What cannot be read costs its part of the page. */
export async function serveRepositoryPage(parts: Edge, request: Request, name: string): Promise<Response> {
  const { config, documents } = parts;
  const repository = config.repositories[name];
  if (repository === undefined) throw new Error(`${name} is not configured`); // paths mean those that are
  const [reading, charts] = await Promise.all([readStatus(documents, name), readCharts(parts, name)]);
  const status = statusToShow(reading, repository);
  const { origin } = new URL(request.url);
  return pageResponse(repositoryPage({ origin, name, isRoot: config.root === name, status, charts }));
}

async function readCharts(edge: Edge, repository: string): Promise<ListedCharts> {
  try {
    return (await currentContents(edge, repository))?.charts ?? "none-yet";
  } catch {
    return "unreadable";
  }
}

export async function pageResponse(page: Page): Promise<Response> {
  const { html, securityPolicy } = await renderPage(page);
  return wholeResponse(html, 200, {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": cachePolicy.page,
    "Content-Security-Policy": securityPolicy,
    "Referrer-Policy": "no-referrer",
  });
}
