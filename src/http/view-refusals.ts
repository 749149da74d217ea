import type { Config } from "../config/config.ts";
import { closestNames } from "./closest-names.ts";
import { listed, quote, whatExists, whatViews, type Refusal } from "./refusals.ts";

export const unknownView = (repository: string, view: string): Refusal => ({
  status: 404,
  code: "unknown-view",
  message: `${quote(view)} is no view of the repository ${quote(repository)}. ${whatViews(repository)}`,
});

/** @param since RFC 3339: the oldest publication that is kept */
export const unknownSnapshot = (repository: string, since: string): Refusal => ({
  status: 404,
  code: "unknown-snapshot",
  message:
    `No such revision of ${quote(repository)} is kept. Kept are revisions from ${since} until now; ` +
    `/${repository}/history.json lists them.`,
});

export const futureSnapshot = (repository: string): Refusal => ({
  status: 404,
  code: "unknown-snapshot",
  message:
    "This instant lies in the future, so what belongs there could still change. " +
    `/${repository}/history.json lists the revisions that are kept.`,
});

export function unknownChart(
  repository: string,
  chart: string,
  charts: Iterable<string>,
  { root, repositories }: Config,
): Refusal {
  const close = closestNames(chart, charts, 5);
  const hint = close.length > 0 ? ` Charts with a similar name: ${listed(close, 5)}.` : "";
  // Below the root repository anything may be meant that is no repository.
  const others =
    root === repository ? ` The repositories of this mirror: ${listed(Object.keys(repositories), 20)}.` : "";
  return {
    status: 404,
    code: "unknown-chart",
    message:
      `The repository ${quote(repository)} has no chart ${quote(chart)}.${hint}${others} ` +
      whatExists(repository),
  };
}

export const unknownChartVersion = (chart: string, version: string, newest: readonly string[]): Refusal => ({
  status: 404,
  code: "unknown-version",
  message: `The chart ${quote(chart)} has no version ${quote(version)}. Its newest versions: ${listed(newest, 5)}.`,
});

/** @param problem in ChartMuseum's words */
export const badPage = (problem: string): Refusal => ({ status: 400, code: "bad-page", message: problem });

export const noHttpSource = (repository: string): Refusal => ({
  status: 404,
  code: "no-upstream-index",
  message:
    `No source of ${quote(repository)} has an index of its own: they are registries, or other repositories here. ` +
    `/${repository}/index.yaml is the index that this mirror makes.`,
});

export const upstreamNotStored = (repository: string): Refusal => ({
  status: 404,
  code: "no-upstream-index",
  message:
    `No index of the sources of ${quote(repository)} is stored yet: none has been read whole and found good. ` +
    "/status.json shows how they are.",
});

/** @param digest of the archive that the mirror lists under the name of the file */
export const otherUpstream = (repository: string, file: string, digest: string): Refusal => ({
  status: 404,
  code: "unknown-version",
  message:
    `The index of the source does not list the archive ${quote(file)} that this mirror has: its publisher may ` +
    `have released it again with other bytes. The mirror's own is ` +
    `/${repository}/charts/${digest}/${encodeURIComponent(file)}`,
});
