/**
 * A piece of a document with every scalar as its source text: `1.10` stays "1.10" and `yes` stays "yes",
 * whatever YAML 1.1, YAML 1.2 or JSON would make of them. Only a plain null is null.
 */
export type SourceValue = string | null | SourceValue[] | Map<string, SourceValue>;

/**
 * How many characters a value has when it is written out, or undefined when that is more than `limit`.
 * Aliases make a small document large; this walks no further than the limit.
 */
export function writtenSize(value: SourceValue, limit: number): number | undefined {
  const pending: SourceValue[] = [value];
  let size = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    size += 2;
    if (typeof next === "string") size += next.length;
    else if (Array.isArray(next)) for (const item of next) pending.push(item);
    else if (next !== null) {
      for (const [key, item] of next) {
        size += key.length;
        pending.push(item);
      }
    }
    if (size > limit || pending.length > limit) return undefined;
  }
  return size;
}
