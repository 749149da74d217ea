import type { SourceValue } from "./source-value.ts";

/** YAML 1.1, which Helm's parser speaks; everything else is false. */
const truths = new Set(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]);

/** A scalar's text, in well-formed Unicode; undefined for null, nothing, the empty text and what is no scalar. */
export function asText(value: SourceValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value.toWellFormed() : undefined;
}

/** The texts of a list; a single scalar is a list of one. undefined when there are none. */
export function asTexts(value: SourceValue | undefined): string[] | undefined {
  const texts = (Array.isArray(value) ? value : [value ?? null]).flatMap((item) => asText(item) ?? []);
  return texts.length === 0 ? undefined : texts;
}

/** true, or undefined: Go writes no `false` for a field that may be omitted. */
export function asTruth(value: SourceValue | undefined): true | undefined {
  return typeof value === "string" && truths.has(value) ? true : undefined;
}

/** The items of a list; a single map or scalar is a list of one. */
export function asItems(value: SourceValue | undefined): SourceValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Reads the fields of a map under the names of Helm's structs. */
export type FieldReader<Field extends string> = (field: Field) => SourceValue | undefined;

/**
 * Finds a map's fields as Go's encoding/json does: the exact name, else the name in any other case
 * (real indexes have `appversion`).
 */
export function fieldsOf<Field extends string>(
  map: Map<string, SourceValue>,
  fields: ReadonlySet<Field>,
): FieldReader<Field> {
  const known: ReadonlySet<string> = fields;
  let folded: Map<string, SourceValue> | undefined;
  for (const [key, value] of map) {
    if (known.has(key)) continue;
    folded ??= new Map();
    folded.set(key.toLowerCase(), value);
  }
  return (field) => {
    const value = map.get(field);
    return value !== undefined || folded === undefined ? value : folded.get(field.toLowerCase());
  };
}
