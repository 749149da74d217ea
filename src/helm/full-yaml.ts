import { type Document, Scalar, type ScalarTag, isAlias, parseDocument, visit } from "yaml";
import { type SourceValue, writtenSize } from "./source-value.ts";

/** Only a plain null is null; every other scalar stays text. */
const nullTag: ScalarTag = {
  identify: (value) => value === null,
  createNode: () => new Scalar(null),
  default: true,
  tag: "tag:yaml.org,2002:null",
  test: /^(?:~|[Nn]ull|NULL)?$/,
  resolve: () => new Scalar(null),
};

export type YamlResult =
  | { ok: true; value: SourceValue }
  /** `unresolvedAlias`: the text is part of a document that has the anchor elsewhere. */
  | { ok: false; message: string; unresolvedAlias: boolean };

export interface YamlBounds {
  /** How often aliases may be used: those inside an anchored value count for each use of it. */
  aliases: number;
  /** How many characters the value may have with its aliases written out. */
  characters: number;
}

/** For the text of one entry. */
export const entryBounds: YamlBounds = { aliases: 100, characters: 2 * 1024 * 1024 };

/**
 * Parses any YAML, with every scalar as its source text. What aliases repeat is shared in the result, not
 * copied; a result that would be too large if it were copied, or endless, is refused.
 */
export function parseYaml(text: string, bounds: YamlBounds): YamlResult {
  try {
    const document = parseDocument(text, {
      schema: "failsafe",
      customTags: [nullTag],
      merge: true,
      prettyErrors: false,
      logLevel: "silent",
    });
    const [error] = document.errors;
    if (error !== undefined) return failure(error.message);
    const alias = unresolvedAlias(document);
    if (alias !== undefined)
      return { ok: false, message: `the alias *${alias} has no anchor`, unresolvedAlias: true };
    const options = { mapAsMap: true, maxAliasCount: bounds.aliases };
    const value = sourceValue(document.toJS(options), new Map());
    if (writtenSize(value, bounds.characters) === undefined) return failure("its aliases make it too large");
    return { ok: true, value };
  } catch (error) {
    // Too many aliases, or nesting beyond the stack.
    return failure(error instanceof Error ? error.message : String(error));
  }
}

function failure(told: string): YamlResult {
  const message = told.includes("call stack") ? "it is nested too deeply" : told; // the parser's words and V8's
  return { ok: false, message, unresolvedAlias: false };
}

function unresolvedAlias(document: Document.Parsed): string | undefined {
  const anchors = new Set<string>();
  let missing: string | undefined;
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) missing ??= node.source;
      } else if (node.anchor !== undefined) anchors.add(node.anchor);
    },
  });
  return missing;
}

/** `seen` keeps what is shared shared. */
function sourceValue(value: unknown, seen: Map<unknown, SourceValue>): SourceValue {
  if (typeof value === "string") return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: SourceValue[] = [];
    seen.set(value, list);
    for (const item of value) list.push(sourceValue(item, seen));
    return list;
  }
  if (value instanceof Map) {
    const map = new Map<string, SourceValue>();
    seen.set(value, map);
    for (const [key, item] of value) map.set(typeof key === "string" ? key : "null", sourceValue(item, seen));
    return map;
  }
  return null;
}
