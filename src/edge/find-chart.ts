import { notPublishedYet, type Refusal } from "../http/refusals.ts";
import { unknownChart } from "../http/view-refusals.ts";
import type { Contents } from "../storage/contents.ts";
import { fromCurrentRevision, readHead } from "../storage/current-revision.ts";
import type { Edge } from "./edge-parts.ts";
import { contentsOf, placeOf } from "./view-lines.ts";
import type { Viewed } from "./viewed.ts";

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
  const table = await currentContents(edge, repository);
  if (table === undefined) return notPublishedYet(repository);
  const isThere = placeOf(table, chart) !== undefined;
  return isThere ? undefined : unknownChart(repository, chart, Object.keys(table.charts), edge.config);
}

/**
 * The table of contents of the current revision, without what is withdrawn; `undefined` before the first
 * publication.
 *
 * @throws StorageUnavailable
 */
export async function currentContents(edge: Edge, repository: string): Promise<Contents | undefined> {
  const [near, withdrawals] = await Promise.all([
    readHead(edge.documents, repository),
    edge.withdrawals.read(),
  ]);
  if (near === undefined) return undefined;
  return fromCurrentRevision(edge.documents, repository, near, async (revision) => {
    const viewed: Viewed = { repository, revision, policy: "index" };
    const left = await edge.edits.of(edge, viewed, withdrawals);
    return left && (await contentsOf(edge, { ...viewed, ...left }));
  });
}
