import { html } from "hono/html";
import type { ChartContents, Contents } from "../storage/contents.ts";
import type { Problem, RepositoryStatus } from "../storage/status.ts";
import { counted, foreign, grouped, helmRepoAdd, moment } from "./page-parts.ts";
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
/** More are folded up: a publisher's old mistakes stay for years, and should not stand before the charts. */
const unfoldedProblems = 3;
/** Pages are made for each reader anew, and ten thousand rows take a hundred milliseconds and 4 MB. */
const shownCharts = 1000;

/** `/<repository>/`: how its sources are, what went wrong, and its charts. */
export function repositoryPage({ origin, name, isRoot, status, charts }: RepositoryPageData): Page {
  const body = html`<main>
    <h1>${name}</h1>
    ${helmRepoAdd(origin, name, isRoot)} ${numbers(status)} ${heldBack(status)}
    <h2>${status.sources.length === 1 ? "Source" : "Sources"}</h2>
    <ul>
      ${status.sources.map(sourceState)}
    </ul>
    ${problemList(status)} ${chartTable(charts)}
  </main>`;
  return { title: `${name} · Chartkeep`, body };
}

function numbers({ charts, versions, publishedAt, pinned }: RepositoryStatus): Html {
  const facts: [string, string | Html][] = [
    ["Charts", grouped(charts)],
    ["Versions", grouped(versions.listed)],
    ["Archives kept", grouped(versions.stored)],
    ["Waiting", grouped(versions.pending)],
    ["Failed", grouped(versions.failed)],
    ["Published", publishedAt === null ? "not yet" : moment(publishedAt)],
    // By the operator: what is newer is not shown.
    ...(pinned === null ? [] : [["Held since", moment(pinned.since)] satisfies [string, Html]]),
  ];
  return html`<dl>
    ${facts.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** What policies keep out of the index. */
function heldBack({ versions, withheld, waiting }: RepositoryStatus): Html {
  return html`${
    withheld === null
      ? ""
      : html`<p>
          <b>${counted(withheld.count, "version")} vanished</b>, and
          ${withheld.count === 1 ? "stays" : "stay"} listed until ${moment(withheld.followsAt)}, unless the
          operator agrees or they come back.
        </p>`
  }
  ${policyCounts(versions, waiting)}`;
}

function policyCounts(
  { hidden, skipped, withdrawn }: RepositoryStatus["versions"],
  { count: young }: RepositoryStatus["waiting"],
): Html {
  const counts = [
    young > 0 ? `${grouped(young)} too young to be listed` : "",
    hidden > 0 ? `${grouped(hidden)} hidden, because no source has them any more` : "",
    skipped > 0 ? `${grouped(skipped)} not mirrored` : "",
    withdrawn > 0 ? `${grouped(withdrawn)} withdrawn` : "",
  ].filter((text) => text !== "");
  return counts.length === 0 ? html`` : html`<p class="muted">Not listed: ${counts.join("; ")}.</p>`;
}

function problemList({ problems, problemCount }: RepositoryStatus): Html {
  if (problems.length === 0) return html``;
  const shown = problems.slice(0, shownProblems);
  const some = shown.length < problemCount ? `The latest ${shown.length} are shown. ` : "";
  return html`<details ${problems.length > unfoldedProblems ? "" : "open"}>
    <summary><h2>${counted(problemCount, "problem")}</h2></summary>
    <p class="muted">${some}One of a version costs that version alone.</p>
    <ul>
      ${shown.map(problemItem)}
    </ul>
  </details>`;
}

const problemItem = ({ chart, version, code, message }: Problem): Html =>
  html`<li>
    <p><b>${problemOf(chart, version)}</b> <code class="muted">${code}</code></p>
    <p>${foreign(message)}</p>
  </li>`;

/** One of no version is storage's. */
const problemOf = (chart: string, version: string): Html =>
  chart === "" ? html`Storage` : html`${foreign(chart)} ${foreign(version)}`;

function chartTable(charts: ListedCharts): Html {
  return html`<div class="heading">
      <h2>Charts</h2>
      ${charts === "none-yet" ? "" : html`<a href="index.yaml">index.yaml</a>`}
    </div>
    ${chartRows(charts)}`;
}

function chartRows(charts: ListedCharts): Html {
  if (charts === "none-yet") return html`<p>The first synchronisation has not published anything yet.</p>`;
  if (charts === "unreadable") return html`<p>The list of charts cannot be read right now.</p>`;
  // As the index has them: a parsed object begins with the names that are numbers.
  const all = Object.entries(charts).toSorted(([, a], [, b]) => a.offset - b.offset);
  const more = all.length - shownCharts;
  return html`<table>
      <thead>
        <tr>
          <th scope="col">Chart</th>
          <th scope="col">Newest</th>
          <th scope="col">Versions</th>
        </tr>
      </thead>
      <tbody>
        ${all.slice(0, shownCharts).map(chartRow)}
      </tbody>
    </table>
    ${more > 0 ? html`<p class="muted">And ${grouped(more)} more in index.yaml.</p>` : ""}`;
}

const chartRow = ([name, { newest, versions, description }]: [string, ChartContents]): Html =>
  html`<tr>
    <th scope="row">
      <a href="./${encodeURIComponent(name)}/">${foreign(name)}</a>
      ${description === undefined ? "" : html`<small>${foreign(description)}</small>`}
    </th>
    <td>${foreign(newest)}</td>
    <td>${grouped(versions)}</td>
  </tr>`;
