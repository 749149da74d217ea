import { type FieldReader, asItems, asText, asTexts, asTruth, fieldsOf } from "./coerce.ts";
import { isRfc3339 } from "./rfc3339.ts";
import type { SourceValue } from "./source-value.ts";

/** The fields of an index entry that are read: Helm's `Metadata` and `ChartVersion`. Strict readers reject any other. */
export const entryFields = new Set([
  "name",
  "home",
  "sources",
  "version",
  "description",
  "keywords",
  "maintainers",
  "icon",
  "apiVersion",
  "condition",
  "tags",
  "appVersion",
  "deprecated",
  "annotations",
  "kubeVersion",
  "dependencies",
  "type",
  "urls",
  "created",
  "removed",
  "digest",
  "url",
] as const);

export type EntryField = typeof entryFields extends Set<infer Field> ? Field : never;

const maintainerFields = new Set(["name", "email", "url"] as const);
const dependencyFields = new Set([
  "name",
  "version",
  "repository",
  "condition",
  "tags",
  "enabled",
  "import-values",
  "alias",
] as const);

/** Helm drops the whole entry over any other alias. */
const aliasPattern = /^[a-zA-Z0-9_-]+$/;
/** `import-values` are texts or maps of two; deeper is nobody's. */
const deepest = 8;

/**
 * The JSON text of everything Helm knows about a chart version but its URLs and digest, in the order of
 * Helm's structs. A field of a hopeless shape is left out: it must not cost the entry, nor the reader's index.
 */
export function metadataJson(field: FieldReader<EntryField>, name: string, version: string): string {
  return JSON.stringify({
    name,
    home: asText(field("home")),
    sources: asTexts(field("sources")),
    version,
    description: asText(field("description")),
    keywords: asTexts(field("keywords")),
    maintainers: some(asItems(field("maintainers")).flatMap((item) => maintainer(item) ?? [])),
    icon: asText(field("icon")),
    apiVersion: asText(field("apiVersion")) ?? "v1", // as Helm's LoadIndex does
    condition: asText(field("condition")),
    tags: asText(field("tags")),
    appVersion: asText(field("appVersion")),
    deprecated: asTruth(field("deprecated")),
    annotations: annotations(field("annotations")),
    kubeVersion: asText(field("kubeVersion")),
    dependencies: some(asItems(field("dependencies")).flatMap((item) => dependency(item) ?? [])),
    type: asText(field("type")),
    created: createdOf(field("created")),
    removed: asTruth(field("removed")),
  });
}

function maintainer(item: SourceValue): object | undefined {
  if (typeof item === "string") return item === "" ? undefined : { name: item.toWellFormed() };
  if (!(item instanceof Map)) return undefined; // Helm refuses null maintainers, and the entry with them
  const field = fieldsOf(item, maintainerFields);
  const [name, email, url] = [asText(field("name")), asText(field("email")), asText(field("url"))];
  return name === undefined && email === undefined && url === undefined ? undefined : { name, email, url };
}

function dependency(item: SourceValue): object | undefined {
  if (!(item instanceof Map)) return undefined;
  const field = fieldsOf(item, dependencyFields);
  const name = asText(field("name"));
  if (name === undefined) return undefined;
  const alias = asText(field("alias"));
  return {
    name,
    version: asText(field("version")),
    repository: asText(field("repository")) ?? "", // Go writes it always
    condition: asText(field("condition")),
    tags: asTexts(field("tags")),
    enabled: asTruth(field("enabled")),
    "import-values": some(asItems(field("import-values")).flatMap((value) => plainJson(value, 0) ?? [])),
    alias: alias !== undefined && aliasPattern.test(alias) ? alias : undefined,
  };
}

/** Text to text, in the order of their keys: Go sorts them too, and publishers' orders vary from run to run. */
function annotations(value: SourceValue | undefined): Record<string, string> | undefined {
  if (!(value instanceof Map)) return undefined;
  const texts: [string, string][] = [];
  for (const [key, item] of value) {
    if (typeof item === "string") texts.push([key.toWellFormed(), item.toWellFormed()]);
  }
  texts.sort(([left], [right]) => (left < right ? -1 : 1));
  return texts.length === 0 ? undefined : Object.fromEntries(texts);
}

export function createdOf(value: SourceValue | undefined): string | undefined {
  const text = asText(value);
  return text !== undefined && isRfc3339(text) ? text : undefined;
}

type Json = string | Json[] | { [key: string]: Json };

function plainJson(value: SourceValue, depth: number): Json | undefined {
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || depth > deepest) return undefined;
  if (Array.isArray(value)) return value.flatMap((item) => plainJson(item, depth + 1) ?? []);
  const members: [string, Json][] = [];
  for (const [key, item] of value) {
    const json = plainJson(item, depth + 1);
    if (json !== undefined) members.push([key.toWellFormed(), json]);
  }
  return Object.fromEntries(members);
}

function some<Item>(items: Item[]): Item[] | undefined {
  return items.length === 0 ? undefined : items;
}
