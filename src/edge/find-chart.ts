import { notPublishedYet, type Refusal } from "../http/refusals.ts";
import { unknownChart } from "../http/view-refusals.ts";
import { fromCurrentRevision, readHead } from "../storage/current-revision.ts";
import type { Edge } from "./edge-parts.ts";
import { placeOf } from "./view-lines.ts";

/**
 * Whether the current revision has a chart: the refusal to give where it has not.
 *
 * @throws StorageUnavailable
 */
export async function refusalOfChart(
  edge: Edge,
  repository: string,
  chart: string,
): Promise<Refusal | undefined> {
  const { config, contents, documents } = edge;
  const near = await readHead(documents, repository);
  if (near === undefined) return notPublishedYet(repository);
  const table = await fromCurrentRevision(documents, repository, near, ({ revision }) =>
    contents.read(documents, repository, revision),
  );
  const isThere = placeOf(table, chart) !== undefined;
  return isThere ? undefined : unknownChart(repository, chart, Object.keys(table.charts), config);
}
