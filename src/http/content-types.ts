/**
 * JSON, because that is what the bytes are: browsers show it, Cloudflare compresses it for those who ask
 * (its list has no YAML type), and no client looks at the type of an index.
 */
export const indexType = "application/json";

/** RFC 9512. Of a source's own index, whose bytes may be any YAML. */
export const upstreamIndexType = "application/yaml; charset=utf-8";

/** What Helm names in Accept, and RFC 6713; ChartMuseum's application/x-tar denies the compression. */
export const archiveType = "application/gzip";

export const provenanceType = "application/pgp-signature";

/**
 * The small files beside an index, by extension. Their text is the upstream's, served from this origin: no
 * type that a browser would run (HTML, SVG, XML), so everything unknown is only good for downloading.
 */
const fileTypes: ReadonlyMap<string, string> = new Map([
  ["yml", "text/plain; charset=utf-8"],
  ["yaml", "text/plain; charset=utf-8"],
  ["txt", "text/plain; charset=utf-8"],
  ["md", "text/plain; charset=utf-8"],
  ["json", "application/json"],
  ["asc", "application/pgp-keys"],
  ["gpg", "application/pgp-keys"],
  ["pgp", "application/pgp-keys"],
  ["png", "image/png"],
  ["ico", "image/x-icon"],
]);

export function fileType(file: string): string {
  const extension = file.slice(file.lastIndexOf(".") + 1).toLowerCase();
  return fileTypes.get(extension) ?? "application/octet-stream";
}
