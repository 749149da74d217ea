import { type Figure, times } from "../support/figures.ts";
import type { HelmFigures } from "./helm-rounds.ts";
import { names } from "./names.ts";
import { kindNames, type RequestKind } from "./request-kinds.ts";
import { cpuRatio, rateRatio } from "./request-rounds.ts";
import type { RequestResults } from "./request-tables.ts";
import { type ReadsByKind, toldReads } from "./storage-reads.ts";

/** What the project wants to reach, beside what was measured. */
export function reachFigures(
  helm: ReadonlyMap<string, ReadonlyMap<string, HelmFigures>>,
  requests: RequestResults,
  reads: ReadsByKind,
): Figure[] {
  return [
    ...Array.from(helm, ([size, figures]) => latestFigure(size, figures)),
    ...Array.from(requests.keys(), (kind) => bareFigure(kind, requests, reads)),
    {
      what: "body of the answer to an unchanged index",
      result: `${requests.get("unchanged")?.get(names.mirror)?.bytes ?? "?"} B, status 304`,
      reach: "304, no body",
    },
    {
      what: "storage reads for an archive",
      result: toldReads(reads.get("archive")?.mirror),
      reach: "1",
    },
    {
      what: "CPU of one chart's index, in the large repository against the small one",
      result: sizeResult("chart", requests),
      reach: "1, within noise",
    },
  ];
}

function latestFigure(size: string, figures: ReadonlyMap<string, HelmFigures>): Figure {
  const full = figures.get(names.nginx)?.get("repo update");
  const latest = figures.get(names.latest)?.get("repo update");
  return {
    what: `\`helm repo update\` through \`@latest\` against nginx's full index, ${size}`,
    result:
      full === undefined || latest === undefined
        ? "not measured: nginx is missing"
        : `${(full.bytes / latest.bytes).toFixed(0)}× fewer bytes, ${(full.seconds / latest.seconds).toFixed(1)}× faster`,
    reach: "≥ 20×, ≥ 3×",
  };
}

/** The comparison is worth something only where both read the same, so it says where they do not. */
function bareFigure(kind: RequestKind, requests: RequestResults, reads: ReadsByKind): Figure {
  const [ours, bare] = [requests.get(kind)?.get(names.mirror), requests.get(kind)?.get(names.bare)];
  const [own, theirs] = [toldReads(reads.get(kind)?.mirror), toldReads(reads.get(kind)?.bare)];
  const ratio = ours === undefined || bare === undefined ? Number.NaN : rateRatio(ours, bare);
  return {
    what: `${kindNames[kind]}, against a bare Worker with the same storage reads`,
    result: times(ratio) + (own === theirs ? "" : ` (reads differ: ${own} against ${theirs})`),
    reach: "≥ 0.9×",
  };
}

function sizeResult(kind: RequestKind, requests: RequestResults): string {
  const [small, large] = [requests.get(kind)?.get(names.mirror), requests.get(kind)?.get(names.mirrorLarge)];
  return small === undefined || large === undefined ? "not measured" : times(cpuRatio(large, small));
}
