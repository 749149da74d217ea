import { type Reading, quoted } from "./reading.ts";

const unitSeconds = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
]);

/** For editors, in the JSON Schema. */
export const durationPattern = "^[0-9]+[smhd]$";

export interface DurationRange {
  least: string;
  most: string;
}

/** Reads `30s`, `10m`, `1h` or `7d` as seconds. */
export function readDuration(text: string, range: DurationRange): Reading<number> {
  const seconds = secondsOf(text);
  if (seconds === undefined) {
    return {
      problem: `${quoted(text)} is not a duration; write a number and its unit, like 30s, 10m, 1h or 7d`,
    };
  }
  if (seconds < (secondsOf(range.least) ?? 0)) {
    return { problem: `${text} is too short; write ${range.least} or more` };
  }
  if (seconds > (secondsOf(range.most) ?? Number.POSITIVE_INFINITY)) {
    return { problem: `${text} is too long; write ${range.most} or less` };
  }
  return { value: seconds };
}

function secondsOf(text: string): number | undefined {
  const [, amount, unit = ""] = /^([0-9]+)([smhd])$/.exec(text) ?? [];
  const seconds = unitSeconds.get(unit);
  return seconds === undefined ? undefined : Number(amount) * seconds;
}
