/** The keys and values of a mapping; none where a value is no mapping. */
export function keysOf(value: unknown): Map<string, unknown> {
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  return new Map(isMapping ? Object.entries(value) : []);
}
