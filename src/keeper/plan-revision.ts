import { type ChartLines, type ChartRange, layoutIndex } from "../helm/index-layout.ts";
import { versionRanks } from "../helm/version-ranks.ts";
import { mostNewest } from "../storage/newest.ts";
import type { LineSize } from "./listing-table.ts";

/** Where everything will stand, known before a line is written: R2 wants to know a stream's length. */
export interface RevisionPlan {
  index: { bytes: number; ranges: ChartRange[] };
  latestBytes: number;
  newestBytes: number;
}

/** @param sizes in the order of the index */
export function planRevision(sizes: readonly LineSize[]): RevisionPlan {
  const all: ChartLines[] = [];
  const latest: ChartLines[] = [];
  let newestBytes = 0;
  for (const [chart, lines] of Map.groupBy(sizes, (line) => line.chart)) {
    const rankOf = versionRanks();
    const whole = { chart, versions: 0, bytes: 0 };
    const first = { chart, versions: 0, bytes: 0 };
    newestBytes += newestLineBytes(new TextEncoder().encode(JSON.stringify(chart)).byteLength);
    for (const { version, bytes } of lines) {
      const rank = rankOf(version);
      count(whole, bytes);
      if (rank === 1) count(first, bytes);
      if (rank !== undefined && rank <= mostNewest) newestBytes += newestLineBytes(bytes);
    }
    all.push(whole);
    latest.push(first);
  }
  return { index: layoutIndex(all), latestBytes: layoutIndex(latest).bytes, newestBytes };
}

function count(chart: ChartLines, bytes: number): void {
  chart.versions += 1;
  chart.bytes += bytes;
}

/** With the mark before it and the line feed behind it. */
const newestLineBytes = (bytes: number): number => bytes + 2;
