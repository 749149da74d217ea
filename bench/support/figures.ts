/** One line of a result: what, how it was measured, and what came out. */
export interface Figure {
  what: string;
  result: string;
  reach: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export const seconds = (value: number): string => `${value.toFixed(2)} s`;
export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
export const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, result, reach }) => `| ${what} | ${result} | ${reach} |`);
  return ["| what | measured | to reach |", "|---|---|---|", ...rows, ""].join("\n");
}
