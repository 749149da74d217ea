import { html } from "hono/html";
import type { SourceStatus } from "../storage/status.ts";
import type { Html } from "./page.ts";
import { linkTo, moment } from "./page-parts.ts";

const words = { ok: "in step", failing: "failing", unknown: "not checked yet" };

/** One source: its address, how it is, since when, and what it last said where something is wrong. */
export function sourceState(source: SourceStatus): Html {
  const { state, url, checkedAt, succeededAt, consecutiveFailures, error } = source;
  return html`<li>
    <span class="state ${state}">${words[state]}</span> · ${linkTo(url)}<br />
    <span class="muted">checked ${moment(checkedAt)}, last reached ${moment(succeededAt)}</span>
    ${
      error === null
        ? ""
        : html`<br /><span class="failing"
              >${error.message} (${error.code}, ${consecutiveFailures} in a row)</span
            >
            <span class="muted">What was mirrored stays available.</span>`
    }
  </li>`;
}
