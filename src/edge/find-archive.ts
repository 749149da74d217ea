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

/** What was looked for, or the first versions that are there instead, which are the newest. */
export type Found = { kind: "found"; text: string } | { kind: "absent"; newest: string[] };

/** Of what is not there. */
const versionsNamed = 5;

/**
 * Finds the digest of the archive with this file name among a chart's lines of the index, and parses no more
 * of them than those that mention it.
 *
 * @param lines JSON objects, each but the last one with a `,` behind it
 */
export async function findDigest(lines: AsyncIterable<string>, file: string): Promise<Found> {
  const names = linkNames(file);
  return search(lines, (line) =>
    names.some((name) => line.includes(`/${name}"`)) ? digestInLink(urlsOf(line)[0], names) : undefined,
  );
}

/**
 * Finds the line of a version among a chart's lines. `latest` is ChartMuseum's word for the newest stable one;
 * where there is none, it is the newest.
 */
export async function findVersion(lines: AsyncIterable<string>, version: string): Promise<Found> {
  if (version === "latest") return findLatest(lines);
  const needle = `"version":${JSON.stringify(version)}`;
  return search(lines, (line) =>
    line.includes(needle) && versionIn(line) === version ? withoutComma(line) : undefined,
  );
}

async function findLatest(lines: AsyncIterable<string>): Promise<Found> {
  let newest: string | undefined;
  const stable = await search(lines, (line) => {
    const version = versionIn(line);
    if (version === undefined) return undefined;
    newest ??= withoutComma(line);
    return isPrerelease(version) ? undefined : withoutComma(line);
  });
  return stable.kind === "absent" && newest !== undefined ? { kind: "found", text: newest } : stable;
}

async function search(
  lines: AsyncIterable<string>,
  match: (line: string) => string | undefined,
): Promise<Found> {
  const first: string[] = [];
  for await (const line of lines) {
    const text = match(line);
    if (text !== undefined) return { kind: "found", text };
    if (first.length < versionsNamed) first.push(line);
  }
  const newest = first.map((line) => versionIn(line));
  return { kind: "absent", newest: newest.filter((version) => version !== undefined) };
}

/** Of a line of the index; `undefined` for what is none. */
export const versionIn = (line: string): string | undefined => textAt(parseLine(line), "version");

/** The same, with its archive's SHA-256, and what the chart says of itself. */
export function listedIn(
  line: string,
): { version: string; digest: string; description?: string } | undefined {
  const value = parseLine(line);
  const [version, digest] = [textAt(value, "version"), textAt(value, "digest")];
  if (version === undefined || digest === undefined) return undefined;
  const description = textAt(value, "description");
  return { version, digest, ...(description === undefined ? {} : { description }) };
}

/** How a link may spell the file: `+` in a version is the same encoded or not. */
function linkNames(file: string): string[] {
  const encoded = encodeURIComponent(file);
  return [encoded.replaceAll("%2B", "+"), encoded];
}

function digestInLink(link: unknown, names: readonly string[]): string | undefined {
  if (typeof link !== "string") return undefined;
  const [folder, digest = "", rest = ""] = link.split("/");
  return folder === "charts" && isSha256(digest) && names.includes(rest) ? digest : undefined;
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

export const withoutComma = (line: string): string => line.replace(/,$/, "");

function parseLine(line: string): unknown {
  try {
    return JSON.parse(withoutComma(line));
  } catch {
    return undefined;
  }
}
