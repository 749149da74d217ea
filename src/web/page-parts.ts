import { html } from "hono/html";
import type { Html } from "./page.ts";

/** Somebody else's words, which may change the direction of writing: of their own, and of nothing around them. */
export const foreign = (text: string): Html => html`<bdi>${text}</bdi>`;

/** Somebody else's address: a link only where it is one of the web, plain text otherwise (`javascript:`). */
export function linkTo(address: string): Html {
  const protocol = URL.parse(address)?.protocol;
  return protocol === "https:" || protocol === "http:"
    ? html`<a href="${address}" rel="noreferrer nofollow">${foreign(address)}</a>`
    : foreign(address);
}

/** An RFC 3339 time as people read it, to the minute and in UTC. */
export function moment(time: string): Html {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return foreign(time);
  const text = `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return html`<time datetime="${date.toISOString()}">${text}</time>`;
}

/**
 * The line to copy; one click selects it whole. Names of repositories and origins of parsed URLs hold nothing
 * that a shell would read.
 */
export const helmRepoAdd = (origin: string, name: string, isRoot: boolean): Html =>
  html`<pre><code>helm repo add ${name} ${origin}/${name}</code></pre>
    ${isRoot ? html`<p class="muted">Also served at <code>${origin}/</code> itself.</p>` : ""}`;

/** 1234 as "1,234". */
export const grouped = (count: number): string => count.toLocaleString("en");

/** "1 chart", "2 charts". */
export const counted = (count: number, thing: string): string =>
  `${grouped(count)} ${thing}${count === 1 ? "" : "s"}`;
