import { type Descriptor, readDescriptor, readDescriptors } from "./descriptor.ts";
import { isObject, parseJson } from "./json.ts";
import { formOf } from "./manifest-form.ts";
import {
  chartLayerType,
  helmConfigType,
  isIndexType,
  isManifestType,
  legacyChartLayerType,
  ociIndexType,
  ociManifestType,
  provenanceLayerType,
} from "./media-types.ts";

export type { Descriptor };

export type Manifest =
  | ChartManifest
  | { kind: "index"; manifests: Descriptor[] }
  /** `blobs`: the config (the empty one, too) and all layers. `subject`: lowercase hex SHA-256. */
  | { kind: "artifact"; blobs: Descriptor[]; subject?: string; artifactType?: string }
  | { kind: "unusable"; why: string };

export interface ChartManifest {
  kind: "chart";
  config: Descriptor;
  archive: Descriptor;
  provenance?: Descriptor;
  /** Layers that mean nothing to Helm. */
  others: Descriptor[];
  /** The annotation org.opencontainers.image.created, as it is written. */
  created?: string;
}

/** Layers of one manifest, manifests of one index: real ones have a handful. */
const mostDescriptors = 64;
const longestText = 255;

/**
 * Reads what a registry calls a manifest. Never throws; `unusable` says in a few words why.
 * @param mediaType the Content-Type of the answer, without parameters
 */
export function readManifest(bytes: Uint8Array, mediaType: string): Manifest {
  const document = parseJson(bytes);
  if (!isObject(document)) return unusable("no JSON object");
  if (document["schemaVersion"] !== undefined && document["schemaVersion"] !== 2) {
    return unusable("a schemaVersion other than 2");
  }
  const form = formOf(document, mediaType);
  if (form === "index") return readImageIndex(document);
  if (form === "manifest") return readImageManifest(document);
  return unusable(form.why);
}

/**
 * The media type under which a manifest is served. It follows from the bytes alone, whatever a registry said:
 * from the `mediaType` field, and failing that from the shape (Helm's own manifests have no such field).
 */
export function manifestType(bytes: Uint8Array): string {
  const document = parseJson(bytes);
  if (!isObject(document)) return ociManifestType;
  const { mediaType } = document;
  if (typeof mediaType === "string" && (isManifestType(mediaType) || isIndexType(mediaType)))
    return mediaType;
  return document["manifests"] === undefined ? ociManifestType : ociIndexType;
}

function readImageIndex(document: Record<string, unknown>): Manifest {
  const manifests = readDescriptors(document["manifests"], mostDescriptors);
  return typeof manifests === "string" ? unusable(`manifests: ${manifests}`) : { kind: "index", manifests };
}

function readImageManifest(document: Record<string, unknown>): Manifest {
  const config = readDescriptor(document["config"]);
  if (typeof config === "string") return unusable(`config: ${config}`);
  const layers = readDescriptors(document["layers"], mostDescriptors);
  if (typeof layers === "string") return unusable(`layers: ${layers}`);
  if (config.mediaType === helmConfigType) return chartOf(document, config, layers);
  return artifactOf(document, [config, ...layers]);
}

/** Layers stand in any order (Helm sorts them by digest); those of other types mean nothing to Helm. */
function chartOf(document: Record<string, unknown>, config: Descriptor, layers: Descriptor[]): Manifest {
  const ofType = (type: string): Descriptor[] => layers.filter((layer) => layer.mediaType === type);
  const current = ofType(chartLayerType);
  const archives = current.length > 0 ? current : ofType(legacyChartLayerType);
  const [archive, another] = archives;
  if (archive === undefined) return unusable("a chart's config without a chart layer");
  // Helm takes whichever came last over the network.
  if (another !== undefined) return unusable("two chart layers");
  const [provenance] = ofType(provenanceLayerType);
  const created = annotation(document, "org.opencontainers.image.created");
  return {
    kind: "chart",
    config,
    archive,
    ...(provenance === undefined ? {} : { provenance }),
    others: layers.filter((layer) => layer !== archive && layer !== provenance),
    ...(created === undefined ? {} : { created }),
  };
}

function artifactOf(document: Record<string, unknown>, blobs: Descriptor[]): Manifest {
  const subject = document["subject"] === undefined ? undefined : readDescriptor(document["subject"]);
  if (typeof subject === "string") return unusable(`subject: ${subject}`);
  const artifactType = shortText(document["artifactType"]);
  return {
    kind: "artifact",
    blobs,
    ...(subject === undefined ? {} : { subject: subject.digest }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function annotation(document: Record<string, unknown>, key: string): string | undefined {
  const annotations = document["annotations"];
  return isObject(annotations) ? shortText(annotations[key]) : undefined;
}

function shortText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= longestText ? value : undefined;
}

const unusable = (why: string): Manifest => ({ kind: "unusable", why });
