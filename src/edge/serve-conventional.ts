import { readContents, readHead, readText, type Documents } from "../storage/current-revision.ts";
import type { ChartContents } from "../storage/contents.ts";
import { revisionKey } from "../storage/keys.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { refuse } from "../http/errors.ts";
import { candidateCharts, findDigest, firstVersions } from "./find-archive.ts";
import {
  notPublishedYet,
  unknownChart,
  unknownDigest,
  unknownVersion,
  type Refusal,
} from "../http/refusals.ts";
import type { Target } from "./resolve-path.ts";
import { serveObject } from "../http/serve-object.ts";
import { byDigest } from "../http/served-object.ts";

/**
 * `<name>-<version>.tgz` right below the repository, as people wrote it down who never look into an index:
 * the digest is looked up in the lines of the chart, which are one ranged read of the index.
 *
 * @throws StorageUnavailable
 */
export async function serveConventional(
  { documents, archives }: Pick<EdgeParts, "documents" | "archives">,
  request: Request,
  { repository, file, provenance }: Extract<Target, { kind: "conventional" }>,
): Promise<Response> {
  const found = await lookUp(documents, repository, file);
  if (typeof found !== "string") return refuse(request, found);
  const object = byDigest(repository, provenance ? "provenance" : "archive", found);
  const served = await serveObject(archives, request, { ...object, policy: "conventional", repository });
  return served ?? refuse(request, unknownDigest(provenance ? "provenance file" : "archive"));
}

/** The archive's digest, or why there is none. */
async function lookUp(documents: Documents, repository: string, file: string): Promise<string | Refusal> {
  const near = await readHead(documents, repository);
  if (near === undefined) return notPublishedYet(repository);
  const { head, contents } = await readContents(documents, repository, near);
  const charts = Object.keys(contents.charts);
  let refusal: Refusal | undefined;
  for (const chart of candidateCharts(file, charts)) {
    const place = contents.charts[chart];
    if (place === undefined) continue;
    const lines = await readLines(documents, repository, head.revision, place);
    const digest = findDigest(lines, file);
    if (digest !== undefined) return digest;
    refusal ??= unknownVersion(file, chart, firstVersions(lines, 5));
  }
  return refusal ?? unknownChart(file, charts);
}

async function readLines(
  { origin }: Documents,
  repository: string,
  revision: string,
  { offset, length }: ChartContents,
): Promise<string> {
  const document = await origin.open(revisionKey(repository, revision, "index.json"), { offset, length });
  if (document === undefined) throw new StorageUnavailable(`The index of ${repository} is missing.`);
  return readText(document);
}
