import { type PublishedChart, PublishedCharts, sha256, smallChart } from "./published-charts.ts";
import type { Fault } from "./upstream/faults.ts";
import { MemorySite } from "./upstream/site.ts";
import { type Upstream, startUpstream } from "./upstream/upstream.ts";

export interface Mirrored extends Omit<PublishedChart, "archive" | "entry"> {
  name: string;
  version: string;
  /** A small chart by default. */
  archive?: Uint8Array;
  /** More fields of the index entry. */
  fields?: Record<string, unknown>;
}

export const upstreamUrl = "https://owner.github.io/charts";

/** Why a mirror has no `@upstream`, in its words. */
export const noUpstream: Fault = ({ send }) => {
  const body = new TextEncoder().encode("This repository comes from registries alone.\n");
  send({ status: 404, headers: { "content-type": "text/plain" }, body });
};

export const startStandInMirror = async (): Promise<StandInMirror> =>
  new StandInMirror(await startUpstream(new MemorySite().site));

/**
 * A server that answers as a mirror's read side does, for a repository `demo`, with what a test gives it. Its
 * faults are those of any upstream.
 */
export class StandInMirror implements AsyncDisposable {
  readonly server: Upstream;
  readonly site = new MemorySite();
  readonly #entries = new Map<string, object[]>();
  readonly #files: string[] = [];
  sources: { url: string; kind: string }[] = [{ url: upstreamUrl, kind: "http" }];

  constructor(server: Upstream) {
    this.server = server;
    server.site = this.site.site;
    server.fault(/^demo@upstream\/index\.yaml$/, (exchange) =>
      exchange.answer.status === 404 ? noUpstream(exchange) : exchange.send(exchange.answer),
    );
    this.#write();
  }

  /** What users add to Helm. */
  get url(): string {
    return `${this.server.url}/demo`;
  }

  /** Stores an archive without listing it. @returns its digest */
  store(name: string, version: string, archive: Uint8Array, provenance?: string): string {
    const digest = sha256(archive);
    const path = `demo/charts/${digest}/${name}-${version}.tgz`;
    this.site.set(path, archive);
    if (provenance !== undefined) this.site.set(`${path}.prov`, provenance);
    return digest;
  }

  /** Stores and lists a version. @returns the archive */
  async list({ name, version, provenance, fields = {}, ...given }: Mirrored): Promise<Uint8Array> {
    const archive = given.archive ?? (await smallChart(name, version));
    const digest = this.store(name, version, archive, provenance);
    const urls = [`charts/${digest}/${name}-${version}.tgz`];
    const entry = { apiVersion: "v2", name, version, ...fields, urls, digest };
    this.#entries.set(name, [...(this.#entries.get(name) ?? []), entry]);
    this.#write();
    return archive;
  }

  keepFile(name: string, content: string | Uint8Array): void {
    this.#files.push(name);
    this.site.set(`demo/${name}`, content);
    this.#write();
  }

  /** The upstream's index as it came. */
  upstreamIndex(text: string | Uint8Array): void {
    this.site.set("demo@upstream/index.yaml", text);
  }

  /** Lists versions in the mirror, and in the upstream's index by these URLs, by default by their file names. */
  async both(versions: readonly (Mirrored & { url?: string })[]): Promise<void> {
    const upstream = new PublishedCharts();
    for (const { url, ...version } of versions) {
      const archive = await this.list(version);
      upstream.publish(version.name, version.version, {
        archive,
        ...(url === undefined ? {} : { entry: { urls: [url] } }),
      });
    }
    this.upstreamIndex((await upstream.site.site("index.yaml"))?.bytes ?? "");
  }

  async upstreamText(): Promise<string> {
    return new TextDecoder().decode((await this.site.site("demo@upstream/index.yaml"))?.bytes);
  }

  writeStatus(): void {
    const status = { publishedAt: "2026-11-01T10:00:00Z", files: this.#files, sources: this.sources };
    this.site.set("status.json", JSON.stringify({ repositories: { demo: status, other: {} } }));
  }

  #write(): void {
    const entries = Object.fromEntries(this.#entries);
    this.site.set("demo/index.yaml", JSON.stringify({ apiVersion: "v1", entries }));
    this.writeStatus();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}
