/** What Helm, OCI and cosign call the parts of an artifact. */
export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  imageConfig: "application/vnd.oci.image.config.v1+json",
  empty: "application/vnd.oci.empty.v1+json",
  chartConfig: "application/vnd.cncf.helm.config.v1+json",
  chart: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
  /** Of Helm's experimental years; still pulled. */
  legacyChart: "application/tar+gzip",
  provenance: "application/vnd.cncf.helm.chart.provenance.v1.prov",
  signature: "application/vnd.dev.cosign.simplesigning.v1+json",
  attestation: "application/vnd.dsse.envelope.v1+json",
  sbom: "text/spdx+json",
} as const;
