/** Of charts: Helm's `pkg/registry/constants.go`. */
export const helmConfigType = "application/vnd.cncf.helm.config.v1+json";
export const chartLayerType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/** Written by Helm before 3.7; it still pulls such charts. */
export const legacyChartLayerType = "application/tar+gzip";
export const provenanceLayerType = "application/vnd.cncf.helm.chart.provenance.v1.prov";

export const ociManifestType = "application/vnd.oci.image.manifest.v1+json";
export const ociIndexType = "application/vnd.oci.image.index.v1+json";
export const dockerManifestType = "application/vnd.docker.distribution.manifest.v2+json";
export const dockerListType = "application/vnd.docker.distribution.manifest.list.v2+json";

/** SHA-256 in lowercase hexadecimal, and bytes. */
export interface SizedDigest {
  digest: string;
  size: number;
}

/** A registry answers 404, or converts what it has, where the manifest's type is not accepted. */
export const manifestAccept = [ociManifestType, ociIndexType, dockerManifestType, dockerListType].join(", ");

export function isManifestType(mediaType: string): boolean {
  return mediaType === ociManifestType || mediaType === dockerManifestType;
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === ociIndexType || mediaType === dockerListType;
}
