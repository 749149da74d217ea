import { readContents } from "../storage/contents-memo.ts";
import { readHead } from "../storage/current-revision.ts";
import { revisionKey } from "../storage/keys.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { withdrawnSince } from "../storage/withdrawals.ts";
import { notPublishedYet, type RegistryRefusal, unknownChart } from "./refusals.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";
import { sortLines, type SortedLines } from "./withdrawn-lines.ts";

type LineParts = Pick<RegistryParts, "documents" | "contents" | "withdrawals">;

/** What the current revision says of one chart to registry clients. */
export interface ChartLines extends SortedLines {
  revision: string;
}

/**
 * Three storage reads: head, contents, and a range of registry.txt.
 *
 * The head may come from a KV that fell behind for so long that its revision is collected, and only what KV
 * has of it is left: then the origin knows the current one.
 *
 * @throws StorageUnavailable
 */
export async function readChartLines(
  parts: LineParts,
  name: ChartName,
): Promise<ChartLines | RegistryRefusal> {
  const { origin } = parts.documents;
  const fromOrigin = { ...parts, documents: { near: origin, origin } };
  const lines = (await readLines(parts, name)) ?? (await readLines(fromOrigin, name));
  if (lines === undefined) throw new StorageUnavailable(`registry.txt of ${name.repository} is missing.`);
  return lines;
}

/** `undefined`: the revision has lost its lines. */
async function readLines(
  parts: LineParts,
  { repository, chart }: ChartName,
): Promise<ChartLines | RegistryRefusal | undefined> {
  const { documents } = parts;
  const [near, withdrawals] = await Promise.all([readHead(documents, repository), parts.withdrawals.read()]);
  if (near === undefined) return notPublishedYet(repository);
  const { head, contents } = await readContents(parts, repository, near);
  const { charts } = contents;
  const place = Object.hasOwn(charts, chart) ? charts[chart]?.registry : undefined;
  if (place === undefined) return unknownChart(repository, chart, Object.keys(charts));
  const { revision } = head;
  if (place.length === 0) return { revision, text: "", withdrawn: "" };
  const lines = await documents.origin.bytes(revisionKey(repository, revision, "registry.txt"), place);
  if (lines === undefined) return undefined;
  const since = withdrawnSince(withdrawals, head.withdrawals).filter((entry) => entry.chart === chart);
  return { revision, ...sortLines(new TextDecoder().decode(lines), { repository, chart }, since) };
}
