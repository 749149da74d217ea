import { html } from "hono/html";
import type { SourceStatus } from "../storage/status.ts";
import { counted, foreign, linkTo, moment } from "./page-parts.ts";
import type { Html } from "./page.ts";

const words = { ok: "in step", failing: "failing", unknown: "not checked yet" };

/** One source: its address, how it is, since when, and what it last said where something is wrong. */
export function sourceState(source: SourceStatus): Html {
  const { state, url, checkedAt } = source;
  return html`<li>
    <p><span class="state ${state}">${words[state]}</span> ${linkTo(url)}</p>
    ${checkedAt === null ? "" : html`<p class="muted">Checked ${moment(checkedAt)}${sinceWhen(source)}</p>`}
    ${failure(source)}
  </li>`;
}

function sinceWhen({ state, succeededAt, changedAt }: SourceStatus): Html {
  if (state !== "ok")
    return succeededAt === null ? html`, never reached` : html`, last reached ${moment(succeededAt)}`;
  return changedAt === null ? html`` : html`, last change ${moment(changedAt)}`;
}

function failure({ error, consecutiveFailures, succeededAt }: SourceStatus): Html {
  if (error === null) return html``;
  const failures = `${counted(consecutiveFailures, "failed check")}${consecutiveFailures > 1 ? " in a row" : ""}`;
  return html`<p class="failing">${foreign(error.message)}</p>
    <p class="muted">
      <code>${error.code}</code>, ${failures}.
      ${succeededAt === null ? "" : "What was mirrored stays available."}
    </p>`;
}
