import { html } from "hono/html";
import type { Html } from "./page.ts";

/** Somebody else's address: a link only where it is one of the web, plain text otherwise (`javascript:`). */
export function linkTo(address: string): Html {
  const protocol = URL.parse(address)?.protocol;
  return protocol === "https:" || protocol === "http:"
    ? html`<a href="${address}" rel="noreferrer nofollow">${address}</a>`
    : html`${address}`;
}

/** An RFC 3339 time as people read it, to the minute and in UTC; "never" for null. */
export function moment(time: string | null): Html {
  if (time === null) return html`never`;
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return html`${time}`;
  const text = `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return html`<time datetime="${date.toISOString()}">${text}</time>`;
}

/** The line to copy. Names of repositories and origins of parsed URLs hold nothing that a shell would read. */
export const helmRepoAdd = (origin: string, name: string): Html =>
  html`<pre><code>helm repo add ${name} ${origin}/${name}</code></pre>`;

/** "1 chart", "2 charts". */
export const counted = (count: number, thing: string): string =>
  `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
