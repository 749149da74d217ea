import { unknownArchive, unknownDigest, unknownVersion, type Refusal } from "../http/refusals.ts";
import { serveObject } from "../http/serve-object.ts";
import { byDigest } from "../http/served-object.ts";
import { withdrawn } from "../http/withdrawn-refusal.ts";
import { withdrawnArchive, withdrawnVersion, type Withdrawals } from "../storage/withdrawals.ts";
import { answerFromView, type Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { candidateCharts, findDigest } from "./find-archive.ts";
import { linesOf } from "./lines-of.ts";
import type { Target } from "./resolve-path.ts";
import { refusalByUpstream } from "./serve-upstream.ts";
import { contentsOf, openLines, placeOf } from "./view-lines.ts";
import type { Viewed } from "./viewed.ts";

type Conventional = Extract<Target, { kind: "conventional" }>;

/**
 * `<name>-<version>.tgz` right below the repository, as people wrote it down who never look into an index:
 * the digest is looked up in the lines of the chart, which are one ranged read of the index. Of a snapshot it is
 * that snapshot's index; the other views show less of the current one, and have all that it has. Below
 * `@upstream` only what the source's own index lists is given. A version that is withdrawn is told from one that
 * never was there.
 *
 * @throws StorageUnavailable
 */
export async function serveConventional(
  edge: Edge,
  request: Request,
  target: Conventional,
): Promise<Outcome> {
  const { repository, provenance, view } = target;
  const isSnapshot = view.kind === "revision" || view.kind === "instant";
  return answerFromView(
    edge,
    isSnapshot ? target : { repository, view: { kind: "current" } },
    async (viewed, withdrawals) => {
      const found = await lookUp(edge, viewed, target);
      if (found === undefined) return undefined;
      const entry =
        typeof found === "string" ? withdrawnArchive(withdrawals, found) : meant(withdrawals, target);
      if (entry !== undefined) return withdrawn(entry, { repository });
      if (typeof found !== "string") return found;
      const refusal =
        view.kind === "upstream"
          ? await refusalByUpstream(edge, repository, { file: target.file, digest: found })
          : undefined;
      if (refusal !== undefined) return refusal;
      const object = byDigest(repository, provenance ? "provenance" : "archive", found);
      const served = await serveObject(edge.archives, request, {
        ...object,
        policy: "conventional",
        repository,
      });
      return served ?? unknownDigest(provenance ? "provenance file" : "archive");
    },
  );
}

/** What is not listed, because it is withdrawn. */
const meant = (withdrawals: Withdrawals, { repository, file, chart: onlyChart }: Conventional) =>
  withdrawnVersion(
    withdrawals,
    repository,
    (chart, version) => file === `${chart}-${version}.tgz` && (onlyChart ?? chart) === chart,
  );

/** The archive's digest, or why there is none; `undefined` where a document of the revision is missing. */
async function lookUp(
  edge: Edge,
  viewed: Viewed,
  { file, chart: onlyChart }: Conventional,
): Promise<string | Refusal | undefined> {
  const table = await contentsOf(edge, viewed);
  if (table === undefined) return undefined;
  const charts = Object.keys(table.charts);
  let refusal: Refusal | undefined;
  for (const chart of onlyChart === undefined ? candidateCharts(file, charts) : [onlyChart]) {
    const place = placeOf(table, chart);
    if (place === undefined) continue;
    const opened = await openLines(edge.documents, viewed, { kind: "lines", place });
    if (opened === undefined) return undefined;
    const found = await findDigest(linesOf(opened.body), file);
    if (found.kind === "found") return found.text;
    refusal ??= unknownVersion(file, chart, found.newest);
  }
  return refusal ?? unknownArchive(file, charts);
}
