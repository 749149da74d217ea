import { badPage, unknownChart, unknownChartVersion } from "../http/view-refusals.ts";
import {
  serveBody,
  serveRepresentation,
  serveWithoutBody,
  type Representation,
} from "../http/serve-representation.ts";
import { withdrawn } from "../http/withdrawn-refusal.ts";
import { withdrawnVersion } from "../storage/withdrawals.ts";
import type { ChartContents } from "../storage/contents.ts";
import { answerFromView, type Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { findVersion } from "./find-archive.ts";
import { frameMark, framedSize, openFramed, type Frame } from "./framed.ts";
import { linesOf } from "./lines-of.ts";
import { pageOf, readPage, type Page } from "./page-of-charts.ts";
import type { Target } from "./resolve-path.ts";
import { chartsInOrder, contentsOf, openLines, placeOf, sizeOf, type Selection } from "./view-lines.ts";
import { goneWith, markOf, publicationDate, tagOf, type Viewed } from "./viewed.ts";

const map: Frame = { opening: "{\n", closing: "\n}\n" };
const array: Frame = { opening: "[\n", closing: "\n]\n" };
const bare: Frame = { opening: "", closing: "\n" };

/**
 * What ChartMuseum answers below `/api` to who reads: all charts with their versions, the versions of one chart,
 * one version; each as it stands in the index of the view.
 *
 * @throws StorageUnavailable
 */
export async function serveApi(
  edge: Edge,
  request: Request,
  target: Extract<Target, { kind: "api" }>,
): Promise<Outcome> {
  const { chart, version } = target;
  if (chart !== undefined) {
    return answerFromView(edge, target, async (viewed, withdrawals) => {
      const outcome = await serveChart(edge, request, viewed, chart, version);
      if (outcome === undefined || outcome instanceof Response) return outcome;
      const isAsked = (...meant: string[]): boolean => meant[0] === chart && meant[1] === version;
      const entry = withdrawnVersion(withdrawals, target.repository, isAsked);
      return entry === undefined ? outcome : withdrawn(entry, { repository: target.repository });
    });
  }
  const page = readPage(new URL(request.url).searchParams);
  if (page !== undefined && "problem" in page) return badPage(page.problem);
  return answerFromView(edge, target, (viewed) => serveCharts(edge, request, viewed, page));
}

async function serveCharts(
  edge: Edge,
  request: Request,
  viewed: Viewed,
  page: Page | undefined,
): Promise<Outcome | undefined> {
  const selection = await selectCharts(edge, viewed, page);
  if (selection === undefined) return undefined;
  const representation = representationOf(viewed, `${tagOf(viewed)}-charts`, map);
  return serveLines(edge, request, viewed, selection, map, {
    ...representation,
    lastModified: publicationDate(viewed),
  });
}

/** All need no table of contents; a page is one part of the index, because charts stand there in order. */
async function selectCharts(
  edge: Edge,
  viewed: Viewed,
  page: Page | undefined,
): Promise<Selection | undefined> {
  if (page === undefined) return { kind: "all" };
  const table = await contentsOf(edge, viewed);
  return table && { kind: "charts", names: pageOf(chartsInOrder(table), page), contents: table };
}

async function serveChart(
  edge: Edge,
  request: Request,
  viewed: Viewed,
  chart: string,
  version: string | undefined,
): Promise<Outcome | undefined> {
  const { repository } = viewed;
  const contents = await contentsOf(edge, viewed);
  if (contents === undefined) return undefined;
  const place = placeOf(contents, chart);
  if (place === undefined) return unknownChart(repository, chart, Object.keys(contents.charts), edge.config);
  if (version !== undefined) return serveVersion(edge, request, viewed, { chart, place, version });
  const representation = representationOf(viewed, `${place.etag}-versions`, array);
  return serveLines(edge, request, viewed, { kind: "lines", place }, array, representation);
}

async function serveLines(
  { documents }: Edge,
  request: Request,
  viewed: Viewed,
  selection: Selection,
  frame: Frame,
  representation: Representation,
): Promise<Response | undefined> {
  const size = framedSize(viewed, selection, frame);
  return serveRepresentation(request, { ...representation, size }, () =>
    openFramed(documents, viewed, selection, frame),
  );
}

/** The chart's lines are read in any case: only they tell whether there is such a version. */
async function serveVersion(
  { documents }: Edge,
  request: Request,
  viewed: Viewed,
  { chart, place, version }: { chart: string; place: ChartContents; version: string },
): Promise<Outcome | undefined> {
  const opened = await openLines(documents, viewed, { kind: "lines", place });
  if (opened === undefined) return undefined;
  const found = await findVersion(linesOf(opened.body), version);
  if (found.kind === "absent") return unknownChartVersion(chart, version, found.newest);
  const text = `${bare.opening}${found.text}${bare.closing}`;
  const representation = { ...representationOf(viewed, `${place.etag}-version`, bare), size: sizeOf(text) };
  const body = new Blob([text]).stream();
  return serveWithoutBody(request, representation) ?? serveBody(representation, { body });
}

const representationOf = (viewed: Viewed, tag: string, frame: Frame): Representation => ({
  repository: viewed.repository,
  type: "application/json",
  policy: viewed.policy,
  etag: `"${tag}${markOf(viewed)}-${frameMark(frame)}"`,
  ...goneWith(viewed),
});
