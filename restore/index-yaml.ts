import type { LocalEntry } from "./plan-local.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * The text of index.yaml as Helm's strict YAML takes it: every string in double quotes (its parser speaks YAML
 * 1.1, where `1.0`, `yes` and `0755` are no strings), digests bare, one relative URL each.
 *
 * @param generated RFC 3339; left out where unknown, because Helm refuses an index with an empty one
 */
export function indexYaml(entries: readonly LocalEntry[], generated: string | undefined): string {
  const charts = new Map<string, string[]>();
  for (const local of entries) {
    const lines = charts.get(local.entry.chart) ?? [];
    charts.set(local.entry.chart, lines);
    lines.push(`    -${mapping(fieldsOf(local), 6).slice(5)}`);
  }
  const listed = [...charts].map(([chart, lines]) => `  ${keyText(chart, 2)}\n${lines.join("")}`).join("");
  const time = generated === undefined ? "" : `generated: ${quoted(generated)}\n`;
  return `apiVersion: "v1"\nentries:${listed === "" ? " {}" : ""}\n${listed}${time}`;
}

function fieldsOf({ entry, path, digest }: LocalEntry): { [key: string]: Json } {
  const known: { [key: string]: Json } = JSON.parse(entry.metadata);
  const url = path.split("/").map(encodeURIComponent).join("/").replaceAll("%2B", "+");
  return { ...known, urls: [url], digest };
}

function mapping(fields: { [key: string]: Json }, indent: number): string {
  return Object.entries(fields)
    .map(([key, value]) => `${" ".repeat(indent)}${keyText(key, indent)}${valueText(value, indent)}`)
    .join("");
}

function valueText(value: Json, indent: number): string {
  if (isList(value)) {
    if (value.length === 0) return " []\n";
    return `\n${value.map((item) => `${" ".repeat(indent + 2)}-${itemText(item, indent + 4)}`).join("")}`;
  }
  if (typeof value === "object" && value !== null) {
    const text = mapping(value, indent + 2);
    return text === "" ? " {}\n" : `\n${text}`;
  }
  return ` ${typeof value === "string" ? quoted(value) : String(value)}\n`;
}

/** An item begins in the line of its dash. */
function itemText(item: Json, indent: number): string {
  if (isList(item)) return valueText(item, indent - 2);
  if (typeof item !== "object" || item === null) return valueText(item, indent);
  const text = mapping(item, indent);
  return text === "" ? " {}\n" : text.slice(indent - 1);
}

const isList = (value: Json): value is Json[] => Array.isArray(value);

/** Longer than 1,024 characters, a key must be marked as one (YAML 1.1 section 5.3, "simple keys"). */
function keyText(key: string, indent: number): string {
  const text = quoted(key);
  return text.length < 1000 ? `${text}:` : `? ${text}\n${" ".repeat(indent)}:`;
}

/**
 * JSON's escapes are YAML's too. What YAML counts as not printable or as a line break, and JSON lets stand,
 * is escaped as well.
 */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
