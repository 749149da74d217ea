import { goStruct } from "./go-json.ts";
import { annotationsJson, configJson, descriptorJson } from "./helm-documents.ts";
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
 * The manifest has no `mediaType`, its layers are sorted by digest (Helm's `pkg/registry`), and the index's
 * `created` is its time, where Helm takes that of the file.
 *
 * Published revisions hold the digests of what this makes, so other bytes need another layout version: what
 * was published before could not be served any more.
 *
 * @param line of an index: a JSON object of the fields of Helm's `ChartVersion`
 * @returns `undefined` for a line that is no JSON object
 */
export async function synthesise(
  line: Uint8Array,
  archive: SizedDigest,
  provenance?: SizedDigest,
): Promise<SyntheticChart | undefined> {
  const entry = parseJson(line);
  if (!isObject(entry)) return undefined;
  const config = await documentOf(configJson(entry));
  const layers = [{ mediaType: chartLayerType, ...archive }];
  if (provenance !== undefined) layers.push({ mediaType: provenanceLayerType, ...provenance });
  const sorted = layers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const manifest = goStruct([
    ["schemaVersion", "2"],
    ["config", descriptorJson(helmConfigType, config.digest, config.size)],
    [
      "layers",
      `[${sorted.map((layer) => descriptorJson(layer.mediaType, layer.digest, layer.size)).join(",")}]`,
    ],
    ["annotations", annotationsJson(entry, entry["created"])],
  ]);
  return { config, manifest: await documentOf(manifest) };
}

/** Of every synthetic manifest: they are served without a word of it in the bytes, as Helm's own are. */
export const syntheticManifestType = ociManifestType;

async function documentOf(json: string): Promise<SyntheticDocument> {
  const bytes = new Uint8Array(encoder.encode(json));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const digest = Array.from(hash, (byte) => hexadecimal[byte]).join("");
  return { bytes, digest, size: bytes.byteLength };
}

/** Of every byte: `toHex` would do, but Node has it only from version 25 on, and runs this in tests. */
const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
