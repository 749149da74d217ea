import type { Config } from "../config/config.ts";
import { closestNames } from "./closest-names.ts";

/** Everything but success, as a value. `errors.ts` makes it an HTTP answer. */
export interface Refusal {
  status: 400 | 404 | 405 | 410 | 416 | 500 | 503;
  code:
    | "malformed-path"
    | "unknown-path"
    | "unknown-repository"
    | "unknown-view"
    | "unknown-snapshot"
    | "unknown-chart"
    | "unknown-digest"
    | "unknown-version"
    | "unknown-file"
    | "withdrawn"
    | "no-upstream-index"
    | "bad-page"
    | "method-not-allowed"
    | "range-not-satisfiable"
    | "not-published-yet"
    | "storage-unavailable"
    | "internal";
  /** For people, in sentences; what others wrote stands in it only after `quote`. */
  message: string;
  headers?: Record<string, string>;
}

export const allowedMethods = "GET, HEAD, OPTIONS";

/** What a message repeats of somebody else's text: short, and without characters that could disguise it. */
export const quote = (text: string): string => quoteLong(text, 80);

/** The same of a text that may be longer. */
export function quoteLong(text: string, longest: number): string {
  const visible = text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?");
  return `"${visible.length > longest ? `${visible.slice(0, longest)}…` : visible}"`;
}

export function listed(names: readonly string[], limit: number): string {
  const shown = names.slice(0, limit).map(quote).join(", ");
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}

export const methodNotAllowed = (): Refusal => ({
  status: 405,
  code: "method-not-allowed",
  message: "This mirror can only be read: GET and HEAD.",
  headers: { Allow: allowedMethods },
});

export const malformedPath = (): Refusal => ({
  status: 400,
  code: "malformed-path",
  message: "The path is not valid percent-encoded UTF-8.",
});

export function unknownRepository(name: string, config: Config): Refusal {
  const names = Object.keys(config.repositories);
  const close = closestNames(name, names, 3);
  const hint = close.length > 0 ? ` Did you mean ${listed(close, 3)}?` : "";
  return {
    status: 404,
    code: "unknown-repository",
    message: `There is no repository ${quote(name)} here.${hint} The repositories: ${listed(names, 20)}.`,
  };
}

export const unknownPath = (repository: string): Refusal => ({
  status: 404,
  code: "unknown-path",
  message: `There is nothing at this path of the repository ${quote(repository)}. ${whatExists(repository)}`,
});

/** Every kind of path below a repository. */
export const whatExists = (repository: string): string =>
  `What exists below /${repository}/: index.yaml; <chart>/index.yaml, one chart alone; history.json; ` +
  "charts/<sha256>/<name>-<version>.tgz as the index lists it, <name>-<version>.tgz, each archive with .prov " +
  "behind it where it is signed; and the files that this mirror is configured to take along. " +
  whatViews(repository);

/** Every kind of view. */
export const whatViews = (repository: string): string =>
  `Views, with the same below them: /${repository}@latest/, /${repository}@latest-<N>/ with N from 2 to 10, ` +
  `/${repository}@<YYYY-MM-DD>/ (its beginning in UTC), /${repository}@<RFC 3339 time>/, ` +
  `/${repository}@<revision>/, and /${repository}@upstream/ as the source itself serves it.`;

export const unknownDigest = (what: "archive" | "provenance file"): Refusal => ({
  status: 404,
  code: "unknown-digest",
  message:
    what === "archive"
      ? "No archive with this digest is stored. index.yaml lists those that are."
      : "No provenance file is stored for the archive with this digest: its publisher may not have signed it.",
});

export const unknownFile = (file: string): Refusal => ({
  status: 404,
  code: "unknown-file",
  message: `${quote(file)} is configured, but the source has not had it so far.`,
});

export function unknownArchive(file: string, charts: Iterable<string>): Refusal {
  const close = closestNames(file.replace(/-v?\d[^/]*$/, ""), charts, 5);
  const hint = close.length > 0 ? ` Charts with a similar name: ${listed(close, 5)}.` : "";
  return {
    status: 404,
    code: "unknown-version",
    message: `No chart of this index has an archive ${quote(file)}.${hint}`,
  };
}

export const unknownVersion = (file: string, chart: string, newest: readonly string[]): Refusal => ({
  status: 404,
  code: "unknown-version",
  message: `The chart ${quote(chart)} has no archive ${quote(file)}. Its newest versions: ${listed(newest, 5)}.`,
});

export const rangeNotSatisfiable = (size: number): Refusal => ({
  status: 416,
  code: "range-not-satisfiable",
  message: `The archive has ${size} bytes.`,
  headers: { "Content-Range": `bytes */${size}`, "Accept-Ranges": "bytes" },
});

/**
 * 503 and not 404: Helm shows nothing but the status, and a 404 would read as a wrong address, while
 * everybody who retries (Flux, Argo CD) comes back to a full index.
 */
export const notPublishedYet = (repository: string): Refusal => ({
  status: 503,
  code: "not-published-yet",
  message:
    `The first synchronisation of ${quote(repository)} has not published anything yet. ` +
    "/status.json shows how far it is.",
  headers: { "Retry-After": "30" },
});

export const storageFailing = (): Refusal => ({
  status: 503,
  code: "storage-unavailable",
  message: "The storage of this mirror does not answer right now. Nothing is lost; please try again.",
  headers: { "Retry-After": "5" },
});

export const internalError = (): Refusal => ({
  status: 500,
  code: "internal",
  message: "This mirror failed in a way that it should not. The operator finds the reason in its log.",
});
