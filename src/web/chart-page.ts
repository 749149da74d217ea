import { html } from "hono/html";
import { counted, foreign, grouped, linkTo, moment } from "./page-parts.ts";
import type { Html, Page } from "./page.ts";

/** A chart version, as its line of the index has it. */
export interface ShownVersion {
  version: string;
  /** Relative to the repository. */
  path: string;
  appVersion?: string;
  description?: string;
  home?: string;
  /** RFC 3339. */
  created?: string;
  deprecated: boolean;
}

export interface ChartPageData {
  /** Where this mirror was reached, such as `https://charts.example.com`. */
  origin: string;
  repository: string;
  chart: string;
  /** The newest ones, in the order of the index. */
  versions: readonly ShownVersion[];
  versionCount: number;
  /** Whether a registry client can name it: those know lower-case names alone. */
  hasRegistryName: boolean;
}

/** `/<repository>/<chart>/`: what it is, how to get it, and its versions. */
export function chartPage(data: ChartPageData): Page {
  const { repository, chart, versions } = data;
  const [newest] = versions;
  const body = html`<main>
    <p class="muted"><a href="../">${repository}</a></p>
    <h1>${foreign(chart)}</h1>
    ${newest === undefined ? "" : about(newest)} ${commands(data)} ${versionTable(data)}
  </main>`;
  return { title: `${chart} · ${repository} · Chartkeep`, body };
}

const about = ({ description, home, deprecated }: ShownVersion): Html =>
  html`${deprecated ? html`<p class="failing">Deprecated by its publisher.</p>` : ""}
  ${description === undefined ? "" : html`<p class="lead">${foreign(description)}</p>`}
  ${home === undefined ? "" : html`<p>${linkTo(home)}</p>`}`;

/** Only names that a shell would not read are put into a line to copy. */
function commands({ origin, repository, chart, hasRegistryName }: ChartPageData): Html {
  if (!/^[A-Za-z0-9._-]+$/.test(chart)) return html``;
  const oci = `${origin.replace(/^https?:/, "oci:")}/${repository}/${chart}`;
  return html`<pre><code>helm repo add ${chart} ${origin}/${repository}/${chart}</code></pre>
    ${hasRegistryName ? html`<pre><code>helm pull ${oci}</code></pre>` : ""}`;
}

function versionTable({ versions, versionCount }: ChartPageData): Html {
  const more = versionCount - versions.length;
  return html`<div class="heading">
      <h2>${counted(versionCount, "version")}</h2>
      <a href="index.yaml">index.yaml</a>
    </div>
    <table>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Created</th>
          <th scope="col">App</th>
        </tr>
      </thead>
      <tbody>
        ${versions.map(versionRow)}
      </tbody>
    </table>
    ${more > 0 ? html`<p class="muted">${grouped(more)} older ones are in index.yaml.</p>` : ""}`;
}

const versionRow = ({ version, path, created, appVersion }: ShownVersion): Html =>
  html`<tr>
    <th scope="row"><a href="../${path}">${foreign(version)}</a></th>
    <td>${created === undefined ? "" : moment(created)}</td>
    <td>${appVersion === undefined ? "" : foreign(appVersion)}</td>
  </tr>`;
