/**
 * How an index is written: JSON, which is YAML as well and which Helm reads several times faster, with one
 * chart version a line, so that a chart's versions are a byte range and differences are easy to look at.
 *
 *     {"apiVersion":"v1","entries":{
 *     "alpha":[
 *     {…},
 *     {…}
 *     ],
 *     "beta":[
 *     …
 *     ]
 *     }}
 *
 * No `generated`: equal content is equal bytes, and Flux rebuilds its artifacts at every change of a byte.
 */
export const indexOpening = '{"apiVersion":"v1","entries":{\n';
export const lineSeparator = ",\n";
export const chartClosing = "\n]";
export const chartSeparator = ",\n";
export const indexClosing = "\n}}\n";

export const chartOpening = (chart: string): string => `${JSON.stringify(chart)}:[\n`;

export interface ChartLines {
  chart: string;
  versions: number;
  /** Bytes of its lines, without separators. */
  bytes: number;
}

export interface ChartRange {
  chart: string;
  offset: number;
  length: number;
}

const size = (text: string): number => new TextEncoder().encode(text).byteLength;

/** Where everything will stand, known before a line is written: R2 wants to know a stream's length. */
export function layoutIndex(charts: readonly ChartLines[]): { bytes: number; ranges: ChartRange[] } {
  let position = size(indexOpening);
  const ranges = charts.map(({ chart, versions, bytes }, index) => {
    if (index > 0) position += size(chartSeparator);
    const offset = position + size(chartOpening(chart));
    const length = bytes + (versions - 1) * size(lineSeparator);
    position = offset + length + size(chartClosing);
    return { chart, offset, length };
  });
  return { bytes: position + size(indexClosing), ranges };
}
