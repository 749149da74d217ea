/** Grouped in thousands by a comma, whatever the machine's language is. */
export const grouped = (count: number): string => new Intl.NumberFormat("en").format(count);

/** `1 archive`, `1,234 archives`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** In binary units: `1.2 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return counted(bytes, "byte");
  const exponent = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** exponent).toFixed(1)} ${["", "KiB", "MiB", "GiB"][exponent] ?? ""}`;
}
