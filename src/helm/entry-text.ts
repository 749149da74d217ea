import { type ParsedEntry, dropped, readEntry } from "./chart-entry.ts";
import { NeedsWholeDocument } from "./entry-delivery.ts";
import { type YamlResult, entryBounds, parseYaml } from "./full-yaml.ts";
import { parseJson } from "./json-value.ts";
import { parsePlainYaml } from "./plain-yaml.ts";
import type { SourceValue } from "./source-value.ts";

/**
 * Reads the lines of one list item. Throws NeedsWholeDocument when the item has an alias whose anchor stands
 * outside of it.
 */
export function readYamlItem(
  text: string,
): { ok: true; value: SourceValue } | { ok: false; message: string } {
  const plain = parsePlainYaml(text);
  const result: YamlResult = plain === undefined ? parseYaml(text, entryBounds) : { ok: true, value: plain };
  if (!result.ok && result.unresolvedAlias) throw new NeedsWholeDocument(result.message);
  if (!result.ok) return { ok: false, message: `not valid YAML: ${result.message}` };
  const [value, ...others] = Array.isArray(result.value) ? result.value : [];
  if (value === undefined || others.length > 0) return { ok: false, message: "not a single list item" };
  return { ok: true, value };
}

/** Parses the lines of one list item under `chart`. Throws NeedsWholeDocument as {@link readYamlItem} does. */
export function parseYamlEntry(chart: string, text: string): ParsedEntry {
  const item = readYamlItem(text);
  return item.ok ? readEntry(chart, item.value) : dropped(chart, "", "bad-entry", item.message);
}

/** Parses one JSON element under `chart`; YAML's flow style passes too, as it does with Helm. */
export function parseJsonEntry(chart: string, text: string): ParsedEntry {
  try {
    return readEntry(chart, parseJson(text));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const result = parseYaml(text, entryBounds);
    if (result.ok) return readEntry(chart, result.value);
    return dropped(chart, "", "bad-entry", `not valid JSON: ${error.message}`);
  }
}
