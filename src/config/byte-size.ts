import { type Reading, quoted } from "./reading.ts";

const unitBytes = new Map([
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);

/** For editors, in the JSON Schema. */
export const byteSizePattern = "^[0-9]+(KiB|MiB|GiB)$";

/** Reads `512KiB`, `32MiB` or `1GiB` as bytes. Zero is refused: nothing could be mirrored. */
export function readByteSize(text: string, most: string): Reading<number> {
  const bytes = bytesOf(text);
  if (bytes === undefined) {
    return { problem: `${quoted(text)} is not a size; write a number and its unit, like 512KiB or 32MiB` };
  }
  if (bytes === 0) return { problem: `${text} lets nothing through; write 1KiB or more` };
  if (bytes > (bytesOf(most) ?? Number.POSITIVE_INFINITY)) {
    return { problem: `${text} is too large; write ${most} or less` };
  }
  return { value: bytes };
}

function bytesOf(text: string): number | undefined {
  const [, amount, unit = ""] = /^([0-9]+)(KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = unitBytes.get(unit);
  return bytes === undefined ? undefined : Number(amount) * bytes;
}
