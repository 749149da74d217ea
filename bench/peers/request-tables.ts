import { times } from "../support/figures.ts";
import { markdownTable } from "../support/markdown.ts";
import { size } from "./helm-tables.ts";
import { names } from "./names.ts";
import { kindNames, type RequestKind } from "./request-kinds.ts";
import { cpuRatio, rateRatio, type RequestFigures } from "./request-rounds.ts";
import { type Reads, type ReadsByKind, toldReads } from "./storage-reads.ts";

export type RequestResults = ReadonlyMap<RequestKind, ReadonlyMap<string, RequestFigures>>;

const none = "–";

export function requestTable(results: RequestResults, reads: ReadsByKind): string {
  const columns = [
    "request",
    "server",
    "body",
    "requests/s",
    "p50",
    "p99",
    "CPU a request",
    "storage reads",
    "of the bare Worker (by CPU)",
  ];
  const rows = Array.from(results, ([kind, figures]) =>
    [...figures]
      .filter(([name]) => name !== names.mirrorLarge)
      .map(([name, measured], index) => [
        index === 0 ? kindNames[kind] : "",
        measured.connections === 1 ? `${name} (1 connection)` : name,
        size(measured.bytes),
        rate(measured.perSecond),
        milliseconds(measured.p50),
        milliseconds(measured.p99),
        measured.cpuMilliseconds === undefined ? none : milliseconds(measured.cpuMilliseconds),
        toldReads(readsOf(reads, kind, name)),
        ratioCell(figures, name),
      ]),
  );
  return markdownTable(columns, rows.flat());
}

/** Of those that stay the same, with the repository five times as large. */
export function sizeTable(results: RequestResults): string {
  const rows = Array.from(results, ([kind, figures]) => {
    const [small, large] = [figures.get(names.mirror), figures.get(names.mirrorLarge)];
    if (small === undefined || large === undefined) return undefined;
    return [
      kindNames[kind],
      rate(small.perSecond),
      rate(large.perSecond),
      times(rateRatio(large, small)),
      milliseconds(small.cpuMilliseconds ?? Number.NaN),
      milliseconds(large.cpuMilliseconds ?? Number.NaN),
      times(cpuRatio(large, small)),
    ];
  });
  return markdownTable(
    ["request", "requests/s, small", "large", "ratio", "CPU a request, small", "large", "ratio"],
    rows.filter((row) => row !== undefined),
  );
}

function ratioCell(figures: ReadonlyMap<string, RequestFigures>, name: string): string {
  const [ours, bare] = [figures.get(names.mirror), figures.get(names.bare)];
  if (name !== names.mirror || ours === undefined || bare === undefined) return none;
  return `${times(rateRatio(ours, bare))} (${times(1 / cpuRatio(ours, bare))})`;
}

function readsOf(reads: ReadsByKind, kind: RequestKind, name: string): Reads | undefined {
  if (name === names.mirror) return reads.get(kind)?.mirror;
  return name === names.bare ? reads.get(kind)?.bare : undefined;
}

const rate = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString("en");

const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
