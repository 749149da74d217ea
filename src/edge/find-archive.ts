import { isPrerelease } from "../helm/version.ts";
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
    for (const line of linesWith(lines, `/${name}"`)) {
      const digest = digestInLink(urlsOf(line)[0], name);
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

/**
 * Finds the line of a version among a chart's lines. `latest` is ChartMuseum's word for the newest stable one;
 * where there is none, it is the newest.
 */
export function findVersion(lines: string, version: string): string | undefined {
  if (version === "latest") return latestLine(lines);
  for (const line of linesWith(lines, `"version":${JSON.stringify(version)}`)) {
    if (textAt(parseLine(line), "version") === version) return withoutComma(line);
  }
  return undefined;
}

function latestLine(lines: string): string | undefined {
  const all = lines.split("\n").map(withoutComma);
  const stable = all.find((line) => {
    const version = textAt(parseLine(line), "version");
    return version !== undefined && !isPrerelease(version);
  });
  return stable ?? all.find((line) => line !== "");
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

/** Every line that mentions something, once, however often it does. */
function* linesWith(lines: string, needle: string): Generator<string> {
  for (let at = lines.indexOf(needle); at !== -1;) {
    const end = lines.indexOf("\n", at);
    yield lines.slice(lines.lastIndexOf("\n", at) + 1, end === -1 ? undefined : end);
    at = end === -1 ? -1 : lines.indexOf(needle, end);
  }
}

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

const withoutComma = (line: string): string => line.replace(/,$/, "");

function parseLine(line: string): unknown {
  try {
    return JSON.parse(withoutComma(line));
  } catch {
    return undefined;
  }
}
