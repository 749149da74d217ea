import { type EntryField, createdOf, entryFields, metadataJson } from "./chart-metadata.ts";
import { type FieldReader, asText, asTexts, fieldsOf } from "./coerce.ts";
import type { SourceValue } from "./source-value.ts";
import { versionSortKey } from "./version.ts";

export interface ChartEntry {
  /** The key in `entries` under which it stands; some indexes have names that differ from it. */
  chart: string;
  name: string;
  version: string;
  /** 64 lower-case hexadecimal digits; undefined when the index has none. */
  digest?: string;
  /** As written, at least one; relative ones are meant from the index. */
  urls: string[];
  /** JSON text of all fields that Helm knows, in Helm's order, without urls and digest: `{"name":…,…}`. */
  metadata: string;
  description?: string;
  /** RFC 3339: when its publisher says that it was made. */
  created?: string;
}

/** Why a single entry is not listed. */
export type DropCode =
  "bad-entry" | "bad-name" | "bad-version" | "bad-type" | "bad-digest" | "no-url" | "entry-too-large";

export type ParsedEntry =
  | { ok: true; entry: ChartEntry }
  /** `version` is "" where it could not be read. */
  | { ok: false; chart: string; version: string; code: DropCode; message: string };

/** Control, formatting and line-separating characters, and what separates the parts of a path. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}/\\]/u;
const longestName = 250;
const digestPattern = /^(?:sha256:)?([0-9a-f]{64})$/;

/** Reads one entry as Helm would have wanted it; repairs what is harmless and says why where it cannot. */
export function readEntry(chart: string, value: SourceValue): ParsedEntry {
  if (!(value instanceof Map)) return dropped(chart, "", "bad-entry", "the entry is not a map");
  const field = fieldsOf(value, entryFields);
  const version = asText(field("version")) ?? "";
  const name = asText(field("name")) ?? chart;
  const refusal = identityRefusal(chart, name, version) ?? typeRefusal(field("type"));
  if (refusal !== undefined) return dropped(chart, version, refusal.code, refusal.message);
  const digest = readDigest(field("digest"));
  if (!digest.ok) return dropped(chart, version, "bad-digest", digest.message);
  const urls = asTexts(field("urls")) ?? asTexts(field("url"));
  if (urls === undefined) return dropped(chart, version, "no-url", "the entry has no url");
  return { ok: true, entry: chartEntry(chart, name, version, digest.hex, urls, field) };
}

function chartEntry(
  chart: string,
  name: string,
  version: string,
  digest: string | undefined,
  urls: string[],
  field: FieldReader<EntryField>,
): ChartEntry {
  const description = asText(field("description"));
  const created = createdOf(field("created"));
  return {
    chart,
    name,
    version,
    ...(digest === undefined ? {} : { digest }),
    urls,
    metadata: metadataJson(field, name, version),
    ...(description === undefined ? {} : { description }),
    ...(created === undefined ? {} : { created }),
  };
}

/** An entry of an index: one JSON object in one line, with a single URL (Helm uses no other) and a digest. */
export function indexLine(entry: { metadata: string }, digest: string, url: string): string {
  return `${entry.metadata.slice(0, -1)},"urls":[${JSON.stringify(url)}],"digest":${JSON.stringify(digest)}}`;
}

export function dropped(chart: string, version: string, code: DropCode, message: string): ParsedEntry {
  return { ok: false, chart, version, code, message };
}

interface Refusal {
  code: DropCode;
  message: string;
}

function identityRefusal(chart: string, name: string, version: string): Refusal | undefined {
  for (const candidate of [chart, name]) {
    if (isSafeName(candidate)) continue;
    return { code: "bad-name", message: `${quote(candidate)} cannot be a chart's name` };
  }
  if (version === "") return { code: "bad-version", message: "the entry has no version" };
  if (versionSortKey(version) !== undefined) return undefined;
  return { code: "bad-version", message: `${quote(version)} is not a version` };
}

/** Helm drops entries of any other type, and refuses to load such an archive. */
function typeRefusal(value: SourceValue | undefined): Refusal | undefined {
  const type = asText(value);
  if (type === undefined || type === "application" || type === "library") return undefined;
  return { code: "bad-type", message: `${quote(type)} is not a chart type: application or library` };
}

function isSafeName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && name.length <= longestName && !unsafe.test(name);
}

/** Bitnami writes `sha256:<hex>`, on which Helm 4.0 fails; an empty digest is none. */
function readDigest(
  value: SourceValue | undefined,
): { ok: true; hex: string | undefined } | { ok: false; message: string } {
  if (value === undefined || value === null) return { ok: true, hex: undefined };
  const text = typeof value === "string" ? value.trim().toLowerCase() : "?";
  if (text === "") return { ok: true, hex: undefined };
  const hex = digestPattern.exec(text)?.[1];
  if (hex !== undefined) return { ok: true, hex };
  return { ok: false, message: `${quote(text)} is not a SHA-256 digest: 64 hexadecimal digits` };
}

/** What was found, for people; never a megabyte of it. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…`.toWellFormed() : text);
}
