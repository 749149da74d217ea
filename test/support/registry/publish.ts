import { type Fields, chartMetadata, configJson } from "./chart-metadata.ts";
import { type RepositoryContent, digestOf } from "./content.ts";
import { goJson } from "./go-json.ts";
import type { Descriptor } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";
import { ociAnnotations } from "./oci-annotations.ts";

export interface ChartToPublish {
  name: string;
  version: string;
  archive: Uint8Array;
  provenance?: Uint8Array | string;
  /** The config, written as it is; otherwise made of the Chart.yaml in the archive. */
  metadata?: Fields;
  /** RFC 3339; the same one every time if it is not given. */
  created?: string;
  /** The media type of Helm's experimental years. */
  legacyLayer?: boolean;
  /** The tag names an image index that holds the manifest. */
  asIndex?: boolean;
  /** Instead of the version with `+` as `_`. */
  tag?: string;
}

export interface PublishedVersion {
  /** Of the chart's own manifest; an index around it has another one. */
  manifestDigest: string;
  archiveDigest: string;
  tag: string;
  /** What the tag leads to: the manifest, or the index around it. */
  taggedDigest: string;
}

/** Writes what `helm push` would, byte for byte, given the same `created`. */
export async function publishChart(
  content: RepositoryContent,
  chart: ChartToPublish,
): Promise<PublishedVersion> {
  const { archive, version, asIndex = false, tag = version.replaceAll("+", "_") } = chart;
  const layers = layersOf(content, chart).toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const metadata = chart.metadata ?? (await chartMetadata(archive));
  const text = chart.metadata === undefined ? configJson(metadata) : goJson(metadata);
  const config = content.putBlob(mediaTypes.chartConfig, text);
  const about = { ...metadata, name: chart.name, version };
  const annotations = ociAnnotations(about, chart.created ?? "2024-01-01T00:00:00Z");
  const manifest = goJson({ schemaVersion: 2, config, layers, annotations });
  const descriptor = content.putManifest(mediaTypes.manifest, manifest, asIndex ? undefined : tag);
  const tagged = asIndex ? putIndex(content, [descriptor], tag) : descriptor;
  return {
    manifestDigest: descriptor.digest,
    archiveDigest: digestOf(archive),
    tag,
    taggedDigest: tagged.digest,
  };
}

function layersOf(content: RepositoryContent, chart: ChartToPublish): Descriptor[] {
  const type = chart.legacyLayer === true ? mediaTypes.legacyChart : mediaTypes.chart;
  const archive = content.putBlob(type, chart.archive);
  if (chart.provenance === undefined) return [archive];
  return [archive, content.putBlob(mediaTypes.provenance, chart.provenance)];
}

export function putIndex(content: RepositoryContent, manifests: Descriptor[], tag: string): Descriptor {
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  return content.putManifest(mediaTypes.index, goJson(index), tag);
}
