const encoder = new TextEncoder();

/**
 * JSON as Go's `encoding/json` writes it: no spaces, what HTML or JavaScript could stumble over escaped, and
 * the keys of maps ascending by their bytes. JavaScript's own objects put keys like `10` first, so maps are
 * written here and not left to `JSON.stringify`.
 */
export function goValue(value: unknown): string {
  if (typeof value === "string") return goText(value);
  if (Array.isArray(value)) return goList(value, goValue);
  return typeof value === "object" && value !== null ? goMap(value) : JSON.stringify(value ?? null);
}

export const goList = (items: readonly unknown[], each: (item: unknown) => string): string =>
  `[${items.map(each).join(",")}]`;

export const goMap = (map: object): string =>
  `{${Object.entries(map)
    .toSorted(([a], [b]) => compareBytes(a, b))
    .map(([key, value]) => `${goText(key)}:${goValue(value)}`)
    .join(",")}}`;

/** A struct's fields, in the order that is given; those that are `undefined` are left out. */
export const goStruct = (fields: readonly (readonly [name: string, json: string | undefined])[]): string =>
  `{${fields.flatMap(([name, json]) => (json === undefined ? [] : [`${goText(name)}:${json}`])).join(",")}}`;

export const goText = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Go compares the bytes of UTF-8, JavaScript the units of UTF-16: they differ behind U+D7FF. */
function compareBytes(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}
