import { unknownChart } from "../http/view-refusals.ts";
import { isRepositoryName } from "../oci/reference.ts";
import { readText } from "../storage/current-revision.ts";
import { revisionKey } from "../storage/keys.ts";
import { chartPage } from "../web/chart-page.ts";
import { answerFromView, type Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { pageResponse } from "./serve-pages.ts";
import { shownVersions } from "./shown-versions.ts";
import { contentsOf, placeOf, withoutCuts } from "./view-lines.ts";

/** As much of a chart's lines as a page has use for. */
const pageBytes = 512 * 1024;

/**
 * `/<repository>/<chart>/`: one ranged read of the newest lines.
 *
 * @throws StorageUnavailable
 */
export async function serveChartPage(
  edge: Edge,
  request: Request,
  { repository, chart }: { repository: string; chart: string },
): Promise<Outcome> {
  const { config, documents } = edge;
  return answerFromView(edge, { repository, view: { kind: "current" } }, async (viewed) => {
    const { revision } = viewed;
    const table = await contentsOf(edge, viewed);
    if (table === undefined) return undefined;
    const place = placeOf(table, chart);
    if (place === undefined) return unknownChart(repository, chart, Object.keys(table.charts), config);
    const { offset, length } = place;
    const range = { offset, length: Math.min(length, pageBytes) };
    const lines = await documents.origin.open(
      revisionKey(repository, revision.revision, "index.json"),
      range,
    );
    if (lines === undefined) return undefined;
    const versions = shownVersions(await readText(withoutCuts(lines, viewed, range)));
    const page = chartPage({
      origin: new URL(request.url).origin,
      repository,
      chart,
      versions,
      versionCount: place.versions,
      hasRegistryName: isRepositoryName(chart),
    });
    return pageResponse(page);
  });
}
