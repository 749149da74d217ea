import { sha256 } from "../../src/storage/archive-store.ts";
import type { Fetch } from "../../src/upstream/bounded-fetch.ts";

export const registryUrl = "oci://registry.example.com/charts";
const base = "https://registry.example.com/v2/charts/";

const helmConfig = "application/vnd.cncf.helm.config.v1+json";
const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const provenanceLayer = "application/vnd.cncf.helm.chart.provenance.v1.prov";
export const imageManifest = "application/vnd.oci.image.manifest.v1+json";
export const imageIndex = "application/vnd.oci.image.index.v1+json";

const encoder = new TextEncoder();

export interface PushedChart {
  provenance?: string;
  /** More of the chart's metadata. */
  metadata?: object;
  created?: string;
  /** Layers of a type that Helm does not know. */
  others?: string[];
  /** The tag, where it is not the version's. */
  tag?: string;
}

interface Stored {
  mediaType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A registry at the end of `fetch`, anonymous and without faults; test/support/registry has the real manners. */
export class FakeRegistry {
  /** `<chart>:<tag>` → digest of the manifest. */
  readonly tags = new Map<string, string>();
  /** Manifests and blobs of all charts, by digest. */
  readonly content = new Map<string, Stored>();
  requests: string[] = [];
  /** Answers instead of the registry. */
  fault: ((path: string) => Response | undefined) | undefined;

  readonly fetch: Fetch = (url, init) => {
    const path = url.startsWith(base) ? url.slice(base.length) : url;
    const method = init.method ?? "GET";
    this.requests.push(`${method} ${path.replace(/\?.*$/, "")}`);
    const response = this.fault?.(path) ?? this.#answer(path);
    return Promise.resolve(method === "HEAD" ? new Response(null, response) : response);
  };

  /** As `helm push` writes it. @returns digests of the archive and of the manifest */
  async push(
    chart: string,
    version: string,
    content: string,
    pushed: PushedChart = {},
  ): Promise<{ archive: string; manifest: string }> {
    const metadata = { name: chart, version, apiVersion: "v2", ...pushed.metadata };
    const config = await this.put(helmConfig, JSON.stringify(metadata));
    const archive = await this.put(chartLayer, new Uint8Array([0x1f, 0x8b, ...encoder.encode(content)]));
    const layers = [archive];
    if (pushed.provenance !== undefined) layers.push(await this.put(provenanceLayer, pushed.provenance));
    for (const other of pushed.others ?? []) layers.push(await this.put("text/plain", other));
    layers.sort((a, b) => (a.digest < b.digest ? -1 : 1)); // Helm sorts them so
    const { created = "2026-01-01T00:00:00Z", tag = version.replaceAll("+", "_") } = pushed;
    const annotations = { "org.opencontainers.image.created": created };
    const manifest = await this.putManifest(chart, tag, { schemaVersion: 2, config, layers, annotations });
    return { archive: archive.digest.slice("sha256:".length), manifest };
  }

  async putManifest(
    chart: string,
    tag: string,
    manifest: object,
    mediaType = imageManifest,
  ): Promise<string> {
    const { digest } = await this.put(mediaType, JSON.stringify(manifest));
    this.tags.set(`${chart}:${tag}`, digest);
    return digest.slice("sha256:".length);
  }

  /** Stores bytes and describes them. */
  async put(
    mediaType: string,
    content: string | Uint8Array<ArrayBuffer>,
  ): Promise<{ mediaType: string; digest: string; size: number }> {
    const bytes = typeof content === "string" ? new Uint8Array(encoder.encode(content)) : content;
    const digest = `sha256:${await sha256(bytes)}`;
    this.content.set(digest, { mediaType, bytes });
    return { mediaType, digest, size: bytes.byteLength };
  }

  #answer(path: string): Response {
    const [, chart = "", kind = "", rest = ""] = /^([^/]+)\/(tags|manifests|blobs)\/([^?]+)/.exec(path) ?? [];
    if (kind === "tags") return this.#list(chart);
    const digest = rest.startsWith("sha256:") ? rest : this.tags.get(`${chart}:${rest}`);
    const found = digest === undefined ? undefined : this.content.get(digest);
    if (found === undefined || digest === undefined) return refusal(404, "MANIFEST_UNKNOWN");
    const headers = {
      "content-type": kind === "blobs" ? "application/octet-stream" : found.mediaType,
      "content-length": String(found.bytes.byteLength),
      "docker-content-digest": digest,
    };
    return new Response(found.bytes, { headers });
  }

  #list(chart: string): Response {
    const prefix = `${chart}:`;
    const tags = [...this.tags.keys()].filter((key) => key.startsWith(prefix));
    if (tags.length === 0) return refusal(404, "NAME_UNKNOWN");
    return Response.json({ name: chart, tags: tags.map((key) => key.slice(prefix.length)).toSorted() });
  }
}

export const refusal = (status: number, code: string): Response =>
  Response.json({ errors: [{ code, message: code.toLowerCase() }] }, { status });
