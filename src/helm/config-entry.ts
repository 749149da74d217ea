import { type ParsedEntry, dropped, readEntry } from "./chart-entry.ts";
import { parseJson } from "./json-value.ts";

/** What an index says of a chart version beyond the chart's own metadata. */
export interface Listed {
  /** SHA-256 of the archive, lowercase hexadecimal. */
  digest: string;
  url: string;
  created?: string;
}

/**
 * The entry that an index would have for a chart in a registry: its config blob is the metadata of Chart.yaml
 * as JSON (helm/helm, pkg/registry), the rest comes from the manifest.
 */
export function readConfigEntry(
  chart: string,
  config: string,
  { digest, url, created }: Listed,
): ParsedEntry {
  const metadata = parsed(config);
  if (!(metadata instanceof Map)) return dropped(chart, "", "bad-entry", "its config is not a JSON object");
  for (const field of ["removed", "created", "checksum"]) metadata.delete(field); // not a chart's to say
  if (created !== undefined) metadata.set("created", created);
  metadata.set("digest", digest);
  metadata.set("urls", [url]);
  return readEntry(chart, metadata);
}

function parsed(text: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}
