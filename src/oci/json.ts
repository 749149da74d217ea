const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The document, or `undefined` where the bytes are no JSON in UTF-8. Never throws. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An array's items, not one of them looked at yet. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
