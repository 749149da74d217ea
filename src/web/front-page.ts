import { html } from "hono/html";
import type { RepositoryStatus } from "../storage/status.ts";
import { counted, helmRepoAdd } from "./page-parts.ts";
import type { Html, Page } from "./page.ts";
import { sourceState } from "./source-state.ts";

export interface FrontPageData {
  /** Where this mirror was reached, such as `https://charts.example.com`. */
  origin: string;
  /** The repository that is served at `/index.yaml` as well. */
  root: string | undefined;
  repositories: { name: string; status: RepositoryStatus }[];
}

/** `/`: what this is, and what can be added to Helm. */
export function frontPage({ origin, root, repositories }: FrontPageData): Page {
  const body = html`<main>
    <h1>Helm charts, kept</h1>
    <p class="lead">
      This is a mirror of Helm chart repositories. Every chart version that was mirrored once stays available
      here, byte for byte, even when the original is gone.
    </p>
    ${repositories.map(({ name, status }) => card(origin, name, name === root, status))}
  </main>`;
  return { title: "Chartkeep: Helm charts, kept", body };
}

function card(origin: string, name: string, isRoot: boolean, status: RepositoryStatus): Html {
  return html`<section class="card" aria-labelledby="${name}">
    <div class="heading">
      <h2 id="${name}"><a href="/${name}/">${name}</a></h2>
      <span class="muted">${summary(status)}</span>
    </div>
    ${helmRepoAdd(origin, name, isRoot)}
    <ul>
      ${status.sources.map(sourceState)}
    </ul>
  </section>`;
}

function summary({ publishedAt, charts, versions, problemCount }: RepositoryStatus): string {
  const published = [counted(charts, "chart"), counted(versions.listed, "version")];
  const parts = publishedAt === null ? ["nothing published yet"] : published;
  return [...parts, ...(problemCount === 0 ? [] : [counted(problemCount, "problem")])].join(" · ");
}
