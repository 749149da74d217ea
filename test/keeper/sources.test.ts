import { describe } from "vitest";
import { type SourceUnderTest, describeSource } from "../contracts/source.ts";
import { FakeRegistry, refusal, registryUrl } from "../support/fake-registry.ts";
import { type Harness, type IndexedVersion, indexOf, sourceUrl } from "../support/keeper-harness.ts";

function httpSource({ upstream, parts }: Harness): SourceUnderTest {
  let versions: IndexedVersion[] = [];
  const write = (): void => upstream.put("index.yaml", indexOf(versions));
  return {
    config: { kind: "http", url: sourceUrl, files: [], rewrites: [] },
    async publish(chart, version, content, provenance) {
      const digest = await upstream.archive(`${chart}-${version}.tgz`, content);
      if (provenance !== undefined) upstream.put(`${chart}-${version}.tgz.prov`, provenance);
      versions.push({ chart, version, digest });
      write();
      return digest;
    },
    withdraw(chart, version) {
      versions = versions.filter((one) => one.chart !== chart || one.version !== version);
      write();
    },
    answerAll(status) {
      parts.fetch =
        status === undefined ? upstream.fetch : () => Promise.resolve(new Response("<html>", { status }));
    },
    empty() {
      versions = [];
      write();
    },
    spoilArchives() {
      for (const path of upstream.files.keys()) if (path.endsWith(".tgz")) upstream.put(path, "spoiled");
    },
    requests: () => upstream.requests.length,
  };
}

function ociSource({ parts }: Harness, charts: string[]): SourceUnderTest {
  const registry = new FakeRegistry();
  parts.fetch = registry.fetch;
  return {
    config: {
      kind: "oci",
      url: registryUrl,
      charts,
      plainHttp: false,
      recheck: 86_400,
    },
    async publish(chart, version, content, provenance) {
      const pushed = await registry.push(
        chart,
        version,
        content,
        provenance === undefined ? {} : { provenance },
      );
      return pushed.archive;
    },
    withdraw(chart, version) {
      registry.tags.delete(`${chart}:${version}`);
    },
    answerAll(status) {
      registry.fault = status === undefined ? undefined : () => refusal(status, "UNKNOWN");
    },
    empty() {
      registry.tags.clear();
    },
    spoilArchives() {
      for (const stored of registry.content.values()) {
        if (stored.mediaType.endsWith("tar+gzip")) stored.bytes = new Uint8Array(stored.bytes.byteLength);
      }
    },
    requests: () => registry.requests.length,
  };
}

describe("an HTTP repository", () => describeSource(httpSource));
describe("a registry", () => describeSource(ociSource));
