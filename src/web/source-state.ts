import { html } from "hono/html";
import type { SourceStatus } from "../storage/status.ts";
import { counted, foreign, grouped, linkTo, moment } from "./page-parts.ts";
import type { Html } from "./page.ts";

const words = { ok: "in step", failing: "failing", unknown: "not checked yet" };

/** One source: its address, how it is, since when, and what it last said where something is wrong. */
export function sourceState(source: SourceStatus): Html {
  const { state, checkedAt } = source;
  return html`<li>
    <p><span class="state ${state}">${words[state]}</span> ${addressOf(source)}</p>
    ${checkedAt === null ? "" : html`<p class="muted">Checked ${moment(checkedAt)}${sinceWhen(source)}</p>`}
    ${contribution(source)} ${failure(source)} ${chartFailures(source)} ${lastOutage(source)}
  </li>`;
}

/** Another repository of this mirror has a page of its own here. */
function addressOf({ kind, url }: SourceStatus): Html {
  if (kind !== "member") return linkTo(url);
  const name = url.replace(/^member:/, "");
  return html`<a href="/${encodeURIComponent(name)}/">${foreign(name)}</a>, a repository of this mirror`;
}

/** What the repository has from it: of interest as soon as there is something. */
function contribution({ versions, registry }: SourceStatus): Html {
  if (versions.shown === 0) return html``;
  const missing = registry === null ? 0 : registry.absentCount + registry.deniedCount;
  const without = missing === 0 ? "" : `; ${counted(missing, "chart")} not there`;
  const kept =
    registry === null || registry.kept === 0 ? "" : `; ${grouped(registry.kept)} signatures and the like`;
  return html`<p class="muted">
    Shows ${counted(versions.shown, "version")}, ${grouped(versions.only)} of them it alone${without}${kept}.
  </p>`;
}

/** Charts that a registry could not list, while it listed others. */
function chartFailures({ registry }: SourceStatus): Html {
  if (registry === null || registry.failedCount === 0) return html``;
  const [first] = registry.failed;
  const others = registry.failedCount > 1 ? `, and ${counted(registry.failedCount - 1, "other chart")}` : "";
  return html`<p class="failing">
    ${first === undefined ? "" : html`${foreign(first.chart)}: ${foreign(first.message)}`}${others}
  </p>`;
}

/** One that is over: how long the mirror stood in for this source. */
function lastOutage({ outage }: SourceStatus): Html {
  if (outage === null || outage.until === null) return html``;
  return html`<p class="muted">
    Last outage from ${moment(outage.since)} to ${moment(outage.until)}: <code>${outage.code}</code>
  </p>`;
}

function sinceWhen({ state, succeededAt, changedAt }: SourceStatus): Html {
  if (state !== "ok")
    return succeededAt === null ? html`, never reached` : html`, last reached ${moment(succeededAt)}`;
  return changedAt === null ? html`` : html`, last change ${moment(changedAt)}`;
}

function failure({ error, consecutiveFailures, succeededAt, outage }: SourceStatus): Html {
  if (error === null) return html``;
  const failures = `${counted(consecutiveFailures, "failed check")}${consecutiveFailures > 1 ? " in a row" : ""}`;
  return html`<p class="failing">${foreign(error.message)}</p>
    <p class="muted">
      <code>${error.code}</code>, ${failures}${outage === null ? "" : html` since ${moment(outage.since)}`}.
      ${succeededAt === null ? "" : "What was mirrored stays available."}
    </p>`;
}
