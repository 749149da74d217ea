import { readContents } from "../storage/contents-memo.ts";
import { readHead } from "../storage/current-revision.ts";
import { revisionKey } from "../storage/keys.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { notPublishedYet, type RegistryRefusal, unknownChart } from "./refusals.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";

type LineParts = Pick<RegistryParts, "documents" | "contents">;

/** What the current revision says of one chart to registry clients. */
export interface ChartLines {
  revision: string;
  /** Its lines of registry.txt. */
  text: string;
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
  const near = await readHead(documents, repository);
  if (near === undefined) return notPublishedYet(repository);
  const { head, contents } = await readContents(parts, repository, near);
  const { charts } = contents;
  const place = Object.hasOwn(charts, chart) ? charts[chart]?.registry : undefined;
  if (place === undefined) return unknownChart(repository, chart, Object.keys(charts));
  const { revision } = head;
  if (place.length === 0) return { revision, text: "" };
  const lines = await documents.origin.bytes(revisionKey(repository, revision, "registry.txt"), place);
  return lines && { revision, text: new TextDecoder().decode(lines) };
}
