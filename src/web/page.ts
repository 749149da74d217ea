import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { pageStyle } from "./page-style.ts";

/** What the `html` tag gives: text with everything that was put in already escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface Page {
  title: string;
  body: Html;
}

export interface RenderedPage {
  html: string;
  /** Nothing but the page's own style sheet, named by its digest: no script could run, escaped or not. */
  securityPolicy: string;
}

/** Puts the frame around a page. */
export async function renderPage({ title, body }: Page): Promise<RenderedPage> {
  const text = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${raw(`<style>${pageStyle}</style>`)}
      </head>
      <body>
        <header>
          <a href="/">Chartkeep</a>
        </header>
        ${body}
        <footer>
          Served by Chartkeep, a mirror of Helm chart repositories. For programs:
          <a href="/status.json">status.json</a>
        </footer>
      </body>
    </html> `;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pageStyle));
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${new Uint8Array(digest).toBase64()}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { html: withoutControls(text.toString()), securityPolicy: policy.join("; ") };
}

/** HTML allows none of them (section 13.1 of its standard), and a terminal that shows a page would obey them. */
const withoutControls = (text: string): string => text.replaceAll(/(?![\t\n])\p{Cc}/gu, "\uFFFD");
