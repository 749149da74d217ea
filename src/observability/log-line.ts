/**
 * One JSON object in one line of printable characters. JSON lets through what a terminal obeys all the same: the
 * second range of control characters (C1), and what turns the direction of writing or ends a line (Cf, Zl, Zp).
 */
export function logLine(value: object): string {
  return JSON.stringify(value).replaceAll(/[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    // As two escapes where it takes two units of UTF-16: JSON knows no others.
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(""),
  );
}

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;
