import { bytesText, counted, grouped } from "../local/figures.ts";
import type { Tally } from "./tally.ts";

/** How far the archives are: `1,200 of 5,000 archives (24%), 12.3 MiB fetched, 3.1 MiB/s`. */
export function progressLine(tally: Tally, milliseconds: number): string {
  const { total, done, there, bytes, trouble } = tally;
  const share = total === 0 ? 100 : Math.floor((100 * done) / total);
  const rate = milliseconds > 0 ? (1000 * bytes) / milliseconds : 0;
  return [
    `${grouped(done)} of ${counted(total, "archive")} (${share}%)`,
    ...(there > 0 ? [`${grouped(there)} there already`] : []),
    `${bytesText(bytes)} fetched`,
    `${bytesText(Math.round(rate))}/s`,
    ...(trouble.length > 0 ? [counted(trouble.length, "problem")] : []),
  ].join(", ");
}
