import type { SourceValue } from "./source-value.ts";

/** Parses JSON with numbers and booleans as their source text: `1.10` stays "1.10". Throws SyntaxError. */
export function parseJson(text: string): SourceValue {
  const parsed: unknown = JSON.parse(text);
  if (!hasNumber(parsed)) return sourceValue(parsed);
  return sourceValue(JSON.parse(text, sourceText));
}

function sourceText(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

function hasNumber(value: unknown): boolean {
  if (typeof value === "number") return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasNumber);
}

function sourceValue(value: unknown): SourceValue {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(sourceValue);
  if (typeof value === "string") return value;
  if (typeof value !== "object") return JSON.stringify(value);
  const map = new Map<string, SourceValue>();
  for (const [key, item] of Object.entries(value)) map.set(key, sourceValue(item));
  return map;
}
