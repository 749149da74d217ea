import {
  malformedPath,
  unknownDigest,
  unknownFile,
  unknownPath,
  unknownRepository,
} from "../http/refusals.ts";
import { serveObject } from "../http/serve-object.ts";
import { byDigest, smallFile } from "../http/served-object.ts";
import { unknownView } from "../http/view-refusals.ts";
import { wholeResponse } from "../http/whole-response.ts";
import { withdrawn } from "../http/withdrawn-refusal.ts";
import { withdrawnArchive } from "../storage/withdrawals.ts";
import { withFreshness, type Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { refusalOfChart } from "./find-chart.ts";
import type { Target } from "./resolve-path.ts";
import { serveApi } from "./serve-api.ts";
import { serveChartPage } from "./serve-chart-page.ts";
import { serveConventional } from "./serve-conventional.ts";
import { serveHistory } from "./serve-history.ts";
import { serveIndex } from "./serve-index.ts";
import { serveFrontPage, serveRepositoryPage } from "./serve-pages.ts";
import { serveUpstream } from "./serve-upstream.ts";

/** From what a path means to its answer. A missing object is told apart by what was asked for. */
export async function answer(edge: Edge, request: Request, target: Target): Promise<Outcome> {
  switch (target.kind) {
    case "front":
      return serveFrontPage(edge, request);
    case "health":
      return wholeResponse('{"healthy":true}\n', 200, { "Content-Type": "application/json" });
    case "repository":
      return serveRepositoryPage(edge, request, target.repository);
    case "chart-page":
      return serveChartPage(edge, request, target);
    case "slash-missing":
      return redirect(edge, target.repository, target.chart);
    case "index":
      return serveIndex(edge, request, target);
    case "upstream-index": {
      const { repository } = target;
      return withFreshness(edge, repository, () => serveUpstream(edge, request, repository));
    }
    case "history":
      return serveHistory(edge, request, target.repository);
    case "archive":
    case "provenance":
      return serveByDigest(edge, request, target);
    case "conventional":
      return serveConventional(edge, request, target);
    case "file": {
      const object = smallFile(target.repository, target.file);
      return (await serveObject(edge.archives, request, object)) ?? unknownFile(target.file);
    }
    case "api":
      return serveApi(edge, request, target);
    case "unknown-view":
      return unknownView(target.repository, target.view);
    case "malformed":
      return malformedPath();
    case "unknown":
      break;
  }
  return target.repository === undefined
    ? unknownRepository(target.name, edge.config)
    : unknownPath(target.repository);
}

/** What is withdrawn is looked up beside the object: one storage read, and none where that is known already. */
async function serveByDigest(
  edge: Edge,
  request: Request,
  { kind, repository, digest }: Extract<Target, { kind: "archive" | "provenance" }>,
): Promise<Outcome> {
  const [withdrawals, served] = await Promise.all([
    edge.withdrawals.read(),
    serveObject(edge.archives, request, byDigest(repository, kind, digest)),
  ]);
  const entry = withdrawnArchive(withdrawals, digest);
  if (entry === undefined) return served ?? unknownDigest(kind === "archive" ? "archive" : "provenance file");
  await served?.body?.cancel();
  return withdrawn(entry, { repository, digest });
}

/** Only to pages that exist: what leads to a 404 should be one itself. */
async function redirect(edge: Edge, repository: string, chart: string | undefined): Promise<Outcome> {
  const refusal = chart === undefined ? undefined : await refusalOfChart(edge, repository, chart);
  if (refusal !== undefined) return refusal;
  const page = chart === undefined ? "" : `${encodeURIComponent(chart)}/`;
  return new Response(null, { status: 308, headers: { Location: `/${repository}/${page}` } });
}
