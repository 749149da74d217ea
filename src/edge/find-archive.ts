import { isSha256 } from "../storage/keys.ts";

/** More than that many charts whose names begin each other's are not tried. */
const triedCharts = 4;

/**
 * Which charts an archive's file name may belong to, the longest name first: between name and version stands
 * a `-`, which both may contain. The rest has to begin like a version.
 */
export function candidateCharts(file: string, charts: Iterable<string>): string[] {
  return [...charts]
    .filter((chart) => file.startsWith(`${chart}-`) && /^v?\d/i.test(file.slice(chart.length + 1)))
    .toSorted((a, b) => b.length - a.length)
    .slice(0, triedCharts);
}

/**
 * Finds the digest of the archive with this file name among a chart's lines of the index, and parses no more
 * of them than those that mention it.
 *
 * @param lines JSON objects with `,\n` between them
 */
export function findDigest(lines: string, file: string): string | undefined {
  for (const name of linkNames(file)) {
    const needle = `/${name}"`;
    for (let at = lines.indexOf(needle); at !== -1; at = lines.indexOf(needle, at + 1)) {
      const digest = digestInLink(urlsOf(lineAround(lines, at))[0], name);
      if (digest !== undefined) return digest;
    }
  }
  return undefined;
}

/** The versions of the first lines, which are the newest. */
export function firstVersions(lines: string, count: number): string[] {
  return lines
    .split("\n", count)
    .map((line) => textAt(parseLine(line), "version"))
    .filter((version) => version !== undefined);
}

/** How a link may spell the file: `+` in a version is the same encoded or not. */
function linkNames(file: string): Set<string> {
  const encoded = encodeURIComponent(file);
  return new Set([encoded.replaceAll("%2B", "+"), encoded]);
}

function digestInLink(link: unknown, name: string): string | undefined {
  if (typeof link !== "string") return undefined;
  const [folder, digest = "", rest] = link.split("/");
  return folder === "charts" && isSha256(digest) && rest === name ? digest : undefined;
}

const lineAround = (lines: string, at: number): string => {
  const end = lines.indexOf("\n", at);
  return lines.slice(lines.lastIndexOf("\n", at) + 1, end === -1 ? undefined : end);
};

function urlsOf(line: string): unknown[] {
  const value = parseLine(line);
  const urls = isObject(value) ? value["urls"] : undefined;
  return Array.isArray(urls) ? urls : [];
}

function textAt(value: unknown, name: string): string | undefined {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === "string" ? text : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line.replace(/,$/, ""));
  } catch {
    return undefined;
  }
}
