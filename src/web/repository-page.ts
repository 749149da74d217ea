import { html } from "hono/html";
import type { ChartContents, Contents } from "../storage/contents.ts";
import type { Problem, RepositoryStatus } from "../storage/status.ts";
import { counted, helmRepoAdd, moment } from "./page-parts.ts";
import type { Html, Page } from "./page.ts";
import { sourceState } from "./source-state.ts";

/** The charts of the current revision, or why there are none to show. */
export type ListedCharts = Contents["charts"] | "none-yet" | "unreadable";

export interface RepositoryPageData {
  /** Where this mirror was reached, such as `https://charts.example.com`. */
  origin: string;
  name: string;
  isRoot: boolean;
  status: RepositoryStatus;
  charts: ListedCharts;
}

/** As many as somebody would read; status.json has more. */
const shownProblems = 20;

/** `/<repository>/`: how its sources are, what went wrong, and its charts. */
export function repositoryPage({ origin, name, isRoot, status, charts }: RepositoryPageData): Page {
  const { versions, publishedAt, sources } = status;
  const body = html`<main>
    <p><a href="/">All repositories</a></p>
    <h1>${name}</h1>
    ${helmRepoAdd(origin, name)}
    ${isRoot ? html`<p class="muted">Also served at <code>${origin}/</code> itself.</p>` : ""}
    <p>
      ${counted(versions.listed, "version")} listed, ${versions.pending.toLocaleString("en")} waiting to be
      copied, ${versions.failed.toLocaleString("en")} failed. Published ${moment(publishedAt)}.
      <a href="index.yaml">index.yaml</a>
    </p>
    <h2>${sources.length === 1 ? "Source" : "Sources"}</h2>
    <ul>
      ${sources.map(sourceState)}
    </ul>
    ${problemList(status)} ${chartTable(charts)}
  </main>`;
  return { title: `${name} · Chartkeep`, body };
}

function problemList({ problems, problemCount }: RepositoryStatus): Html {
  if (problems.length === 0) return html``;
  const shown = problems.slice(0, shownProblems);
  return html`<h2>Problems</h2>
    <p class="muted">
      The latest ${shown.length} of ${problemCount.toLocaleString("en")}. Each costs only the version that it
      names.
    </p>
    <ul>
      ${shown.map(problemItem)}
    </ul>`;
}

const problemItem = ({ chart, version, code, message }: Problem): Html =>
  html`<li><b>${chart} ${version}</b> ${message} <span class="muted">(${code})</span></li>`;

function chartTable(charts: ListedCharts): Html {
  if (charts === "none-yet") return html`<p>The first synchronisation has not published anything yet.</p>`;
  if (charts === "unreadable") return html`<p>The list of charts cannot be read right now.</p>`;
  const rows = Object.entries(charts);
  return html`<h2>Charts</h2>
    <table>
      <caption>
        ${counted(rows.length, "chart")}
      </caption>
      <thead>
        <tr>
          <th scope="col">Chart</th>
          <th scope="col">Newest</th>
          <th scope="col">Versions</th>
          <th scope="col">Description</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(chartRow)}
      </tbody>
    </table>`;
}

const chartRow = ([name, { newest, versions, description }]: [string, ChartContents]): Html =>
  html`<tr>
    <th scope="row">${name}</th>
    <td>${newest}</td>
    <td class="count">${versions}</td>
    <td>${description ?? ""}</td>
  </tr>`;
