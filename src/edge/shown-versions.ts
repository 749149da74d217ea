import type { ShownVersion } from "../web/chart-page.ts";

/** So many rows are a long page already. */
const mostShown = 200;

/**
 * What a page shows of a chart's first lines of the index.
 *
 * @param lines JSON objects with `,\n` between them; the last one may be cut off, and is left out then
 */
export function shownVersions(lines: string): ShownVersion[] {
  return lines
    .split("\n", mostShown)
    .map(shownVersion)
    .filter((version) => version !== undefined);
}

function shownVersion(line: string): ShownVersion | undefined {
  const entry = parse(line);
  if (!isObject(entry)) return undefined;
  const { version, urls, deprecated } = entry;
  const path: unknown = Array.isArray(urls) ? urls[0] : undefined;
  if (typeof version !== "string" || typeof path !== "string") return undefined;
  return {
    version,
    path,
    ...text(entry, "appVersion"),
    ...text(entry, "description"),
    ...text(entry, "home"),
    ...text(entry, "created"),
    deprecated: deprecated === true,
  };
}

function text<Name extends string>(
  entry: Record<string, unknown>,
  name: Name,
): Partial<Record<Name, string>> {
  const value = entry[name];
  const shown: Partial<Record<Name, string>> = {};
  if (typeof value === "string") shown[name] = value;
  return shown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function parse(line: string): unknown {
  try {
    return JSON.parse(line.replace(/,$/, ""));
  } catch {
    return undefined;
  }
}
