import { isObject, parseJson } from "./json.ts";
import {
  chartLayerType,
  helmConfigType,
  ociManifestType,
  provenanceLayerType,
  type SizedDigest,
} from "./media-types.ts";

const encoder = new TextEncoder();

/** A chart as an artifact that a registry could hold. */
export interface SyntheticChart {
  config: SyntheticDocument;
  manifest: SyntheticDocument;
}

export interface SyntheticDocument extends SizedDigest {
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * What `helm push` would have written for a chart that is in no registry: equal input gives equal bytes.
 *
 * The config is the chart's metadata as Go's `json.Marshal` writes it (Helm's `pkg/registry`, `Push`); the
 * manifest has no `mediaType`, its layers are sorted by digest, and its annotations are those of
 * `generateOCIAnnotations`, with the index's `created` as the time, where Helm takes that of the file.
 *
 * @param line of an index: a JSON object of the fields of Helm's `ChartVersion`, in its order
 * @returns `undefined` for a line that is no JSON object
 */
export async function synthesise(
  line: Uint8Array,
  archive: SizedDigest,
  provenance?: SizedDigest,
): Promise<SyntheticChart | undefined> {
  const entry = parseJson(line);
  if (!isObject(entry)) return undefined;
  const { created, removed: _removed, urls: _urls, digest: _digest, ...metadata } = entry;
  const config = await documentOf(metadata);
  const layers = [layer(chartLayerType, archive)];
  if (provenance !== undefined) layers.push(layer(provenanceLayerType, provenance));
  const manifest = await documentOf({
    schemaVersion: 2,
    config: layer(helmConfigType, config),
    layers: layers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    annotations: annotationsOf(metadata, created),
  });
  return { config, manifest };
}

/** Of every synthetic manifest: they are served without a word of it in the bytes, as Helm's own are. */
export const syntheticManifestType = ociManifestType;

const layer = (mediaType: string, { digest, size }: SizedDigest) => ({
  mediaType,
  digest: `sha256:${digest}`,
  size,
});

async function documentOf(value: object): Promise<SyntheticDocument> {
  const bytes = new Uint8Array(encoder.encode(goJson(value)));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return { bytes, digest, size: bytes.byteLength };
}

/** Go's `json.Marshal` escapes what HTML or JavaScript could stumble over. */
const goJson = (value: object): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The chart's own annotations may replace all but title and version. Go sorts the keys of a map. */
function annotationsOf(metadata: Record<string, unknown>, created: unknown): Record<string, string> {
  const { name, version, description, home, sources, maintainers, annotations } = metadata;
  const identity = {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
  };
  const all: Record<string, unknown> = {
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.url": home,
    "org.opencontainers.image.created": created,
    "org.opencontainers.image.source": Array.isArray(sources) ? sources[0] : undefined,
    "org.opencontainers.image.authors": authors(maintainers),
    ...(isObject(annotations) ? annotations : {}),
    ...identity,
  };
  const texts = Object.entries(all).filter(
    (annotation): annotation is [string, string] =>
      typeof annotation[1] === "string" && annotation[1].trim() !== "",
  );
  return Object.fromEntries(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function authors(maintainers: unknown): string {
  if (!Array.isArray(maintainers)) return "";
  return maintainers.filter(isObject).map(author).join(", ");
}

function author({ name, email }: Record<string, unknown>): string {
  const address = typeof email === "string" && email !== "" ? ` (${email})` : "";
  return `${typeof name === "string" ? name : ""}${address}`;
}
