import { readEntry } from "./chart-entry.ts";
import { isCutOff } from "./cut-off.ts";
import type { IndexVisitor } from "./entry-delivery.ts";
import { fingerprintOfText, seedOf } from "./fingerprint.ts";
import { parseYaml } from "./full-yaml.ts";
import { type IndexOutcome, type Unusable, judgeTopLevel, unusable } from "./index-outcome.ts";
import { isConflictMarker } from "./key-line.ts";
import type { SourceValue } from "./source-value.ts";

/** Each use of an anchor counts; what they make of the document is bounded besides. */
const maxAliases = 20_000;
/** How many times its size a document may grow to by its aliases. */
const maxExpansion = 16;

/**
 * Reads an index in one piece: for styles that cannot be split into entries by their lines. The text is small,
 * for this takes some forty times its size in memory.
 */
export function readWholeDocument(text: string, visitor: IndexVisitor): IndexOutcome {
  if (text.split("\n").some((line) => isConflictMarker(line.trimEnd()))) {
    return unusable("conflict-markers", "The index has git's conflict markers.");
  }
  const parsed = parseYaml(text, { aliases: maxAliases, characters: text.length * maxExpansion });
  if (!parsed.ok) return unusable("malformed", `The index is not valid YAML: ${parsed.message}`);
  if (!(parsed.value instanceof Map)) return unusable("not-an-index", "This is not a Helm index.");
  return readTopLevel(parsed.value, text, visitor);
}

function readTopLevel(top: Map<string, SourceValue>, text: string, visitor: IndexVisitor): IndexOutcome {
  const entries = top.get("entries") ?? null;
  const seen = { apiVersion: (top.get("apiVersion") ?? "") !== "", entries: top.has("entries") };
  if (entries !== null && !(entries instanceof Map)) {
    return unusable("not-an-index", "The index has entries that are no map of charts.");
  }
  const items = entries === null ? [] : [...entries].flatMap(itemsOf);
  const isClosed = [...top.keys()].at(-1) !== "entries" || text.trimStart().startsWith("{");
  const endsWithItem = entries !== null && itemsOf([...entries].at(-1) ?? ["", null]).length > 0;
  const cut = isClosed || !endsWithItem ? undefined : cutOff(items, text);
  if (cut !== undefined) return cut;
  const judged = judgeTopLevel(seen, { kind: "complete", entries: items.length, closed: isClosed });
  if (judged.kind !== "complete") return judged;
  for (const { chart, value } of items) {
    const fingerprint = fingerprintOfText(seedOf(chart), canonicalText(value));
    if (!visitor.entry({ chart, fingerprint, parse: () => readEntry(chart, value) }))
      return { kind: "stopped" };
  }
  return judged;
}

interface Item {
  chart: string;
  value: SourceValue;
}

/** The entries of one chart; what is no list is one bad entry. */
function itemsOf([chart, list]: [string, SourceValue]): Item[] {
  if (list === null) return [];
  if (!Array.isArray(list)) return [{ chart, value: "no list" }];
  return list.filter((value) => value !== null).map((value) => ({ chart, value }));
}

function cutOff(items: Item[], text: string): Unusable | undefined {
  const last = items.at(-1);
  if (last === undefined || !isCutOff(last.value, items.at(-2)?.value, text.endsWith("\n"))) return undefined;
  return unusable("truncated", "The index ends inside its last entry: it looks cut off.");
}

/** The same text for the same value: begins unlike any raw text of an entry. */
function canonicalText(value: SourceValue): string {
  return `=${JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? { map: [...item] } : item))}`;
}
