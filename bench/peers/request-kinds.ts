import { repository } from "../support/mirror.ts";

/** One chart version that everything is asked about. */
export interface Sample {
  chart: string;
  version: string;
  /** SHA-256 of its archive. */
  digest: string;
  /** Name of its archive. */
  file: string;
}

export const requestKinds = ["index", "unchanged", "latest", "chart", "archive", "manifest"] as const;

export type RequestKind = (typeof requestKinds)[number];

export const kindNames: Readonly<Record<RequestKind, string>> = {
  index: "the index",
  unchanged: "the index, unchanged (304)",
  latest: "`@latest`",
  chart: "one chart's index",
  archive: "an archive",
  manifest: "an OCI manifest by its tag",
};

/** Path of the mirror; `unchanged` is asked for with If-None-Match. */
export function mirrorPath(kind: RequestKind, { chart, version, digest, file }: Sample): string {
  const index = `/${repository}/index.yaml`;
  const paths: Record<RequestKind, string> = {
    index,
    unchanged: index,
    latest: `/${repository}@latest/index.yaml`,
    chart: `/${repository}/${chart}/index.yaml`,
    archive: `/${repository}/charts/${digest}/${file}`,
    manifest: `/v2/${repository}/${chart}/manifests/${version}`,
  };
  return paths[kind];
}

/** Of the Worker that reads the same and does nothing else: bench/workers/bare.ts. */
export function barePath(kind: RequestKind, { chart, version, digest }: Sample): string {
  const what: Record<RequestKind, string> = {
    index: repository,
    unchanged: repository,
    latest: repository,
    chart: `${repository}/${chart}`,
    archive: digest,
    manifest: `${repository}/${chart}/${version}`,
  };
  return `/-bench/bare/${kind}/${what[kind]}`;
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** @param etag of the server's index, for `unchanged` */
export function headersOf(kind: RequestKind, etag: string): Record<string, string> {
  if (kind === "unchanged") return { "If-None-Match": etag };
  return kind === "manifest" ? { Accept: manifestType } : {};
}

export const statusOf = (kind: RequestKind): number => (kind === "unchanged" ? 304 : 200);
