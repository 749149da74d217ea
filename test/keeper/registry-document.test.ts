import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { synthesise } from "../../src/oci/synthesise.ts";
import { sha256 } from "../../src/storage/archive-store.ts";
import { ociBlobKey, provenanceKey } from "../../src/storage/keys.ts";
import type { RegistryVersion } from "../../src/storage/registry-lines.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { type Harness, indexOf, statusOf, withKeeper } from "../support/keeper-harness.ts";
import { publishedText, registryLines } from "../support/published-documents.ts";
import {
  hour,
  live,
  registrySource,
  repositorySource,
  withRegistry,
  withSources,
} from "../support/registry-harness.ts";

const signature = "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n";

async function versions(harness: Harness, chart = "alpha"): Promise<RegistryVersion[]> {
  return (await registryLines(harness, chart)).filter((line) => line.kind === "version");
}

/** What the version's line makes, with and without provenance. */
async function madeOf(harness: Harness, { line, archive, synthetic }: RegistryVersion) {
  const index = new TextEncoder().encode(await publishedText(harness, "index.json"));
  const bytes = index.subarray(line.offset, line.offset + line.length);
  const [plain, signed] = [
    await synthesise(bytes, archive),
    await synthesise(bytes, archive, synthetic.provenance),
  ];
  return { plain: plain?.manifest.digest, signed: signed?.manifest.digest, config: plain?.config.digest };
}

async function publish({ upstream }: Harness, ...list: string[]): Promise<void> {
  const listed = [];
  for (const version of list) {
    const file = `alpha-${version}.tgz`;
    listed.push({
      chart: "alpha",
      version,
      digest: await upstream.archive(file, version),
      description: "<a & b>",
    });
  }
  upstream.put("index.yaml", indexOf(listed));
}

describe("what registry clients are told", () => {
  test("of a chart that is in no registry, is what its line of the index makes", async () => {
    await withKeeper(async (harness) => {
      await publish(harness, "1.0.0", "2.0.0+b1");
      harness.upstream.put("alpha-1.0.0.tgz.prov", signature);
      await harness.settle();
      const [second, first] = await versions(harness);
      if (first === undefined || second === undefined) throw new Error("two versions were published");
      expect(second).toMatchObject({ tag: "2.0.0_b1", archive: { size: 10 } });
      expect(second.synthetic).toEqual({
        manifest: (await madeOf(harness, second)).plain,
        config: (await madeOf(harness, second)).config,
      });
      const made = await madeOf(harness, first);
      const bytes = new Uint8Array(new TextEncoder().encode(signature));
      expect(first.synthetic).toEqual({
        manifest: made.signed,
        config: made.config,
        provenance: { digest: await sha256(bytes), size: bytes.byteLength },
        withoutProvenance: made.plain,
      });
      expect(first.original).toBeUndefined();
    });
  });

  test("changes when the provenance is found later", async () => {
    await withKeeper(async (harness) => {
      await publish(harness, "1.0.0");
      harness.upstream.files.set("alpha-1.0.0.tgz.prov", () => new Response("busy", { status: 503 }));
      await harness.settle();
      const [before] = await versions(harness);
      const { revision } = await harness.head();
      harness.upstream.put("alpha-1.0.0.tgz.prov", signature);
      await live(harness, hour);
      const [after] = await versions(harness);
      expect(after?.synthetic.withoutProvenance).toBe(before?.synthetic.manifest);
      expect(after?.archive).toEqual(before?.archive);
      expect((await harness.head()).revision).not.toBe(revision);
    });
  });

  test("is what the listed line makes, though a source that has no digest brings the same bytes later", async () => {
    const other = "https://other.example.com/charts";
    const sources = [repositorySource, { ...repositorySource, url: other }];
    await withSources(sources, async (harness) => {
      const { upstream } = harness;
      const digest = await upstream.archive(`${other}/alpha-1.0.0.tgz`, "same");
      upstream.put(`${other}/alpha-1.0.0.tgz.prov`, signature);
      const one = { chart: "alpha", version: "1.0.0" };
      upstream.put("index.yaml", indexOf([{ ...one, description: "without a digest" }]));
      upstream.put(`${other}/index.yaml`, indexOf([{ ...one, digest, description: "with one" }]));
      await live(harness, 2 * hour);
      const [before] = await versions(harness);
      expect(before?.synthetic.provenance?.size).toBe(signature.length);
      await upstream.archive("alpha-1.0.0.tgz", "same");
      upstream.put("alpha-1.0.0.tgz.prov", `another ${signature}`);
      await live(harness, 6 * hour);
      harness.ledger.listingChanged();
      await harness.unit();
      const [after] = await versions(harness);
      if (after === undefined) throw new Error("one version was published");
      const made = await madeOf(harness, after);
      expect(after.synthetic).toMatchObject({ manifest: made.signed, config: made.config });
      expect(after).toEqual(before);
      const stored = await env.BUCKET.get(provenanceKey(harness.repository, digest));
      expect(await stored?.text()).toBe(signature);
      expect(statusOf(harness).versions).toMatchObject({ stored: 1, pending: 0, failed: 0 });
    });
  });

  test("has every provenance in storage, though one archive is listed twice with another one each", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "same");
      await harness.upstream.archive("beta-1.0.0.tgz", "same");
      harness.upstream.put("alpha-1.0.0.tgz.prov", `alpha ${signature}`);
      harness.upstream.put("beta-1.0.0.tgz.prov", `beta ${signature}`);
      const charts = ["alpha", "beta"].map((chart) => ({ chart, version: "1.0.0", digest }));
      harness.upstream.put("index.yaml", indexOf(charts));
      await harness.settle();
      const object = await env.BUCKET.get(provenanceKey(harness.repository, digest));
      const stored = await sha256(new Uint8Array((await object?.arrayBuffer()) ?? []));
      for (const chart of ["alpha", "beta"]) {
        const [version] = await versions(harness, chart);
        expect(version?.synthetic.provenance?.digest).toBe(stored);
      }
    });
  });

  test("names the manifest with which an archive came from a registry", async () => {
    await withRegistry({}, async (harness, registry) => {
      const { manifest, archive } = await registry.push("alpha", "1.0.0", "one");
      await harness.settle();
      const [first] = await versions(harness);
      expect(first).toMatchObject({ tag: "1.0.0", original: manifest, archive: { digest: archive } });
    });
  });

  test("names it, too, where the archive came from elsewhere before", async () => {
    await withSources([repositorySource, registrySource({ charts: "listed" })], async (harness, registry) => {
      const content = "one";
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", content);
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await harness.settle();
      expect((await versions(harness))[0]?.original).toBeUndefined();
      const { manifest, archive } = await registry.push("alpha", "1.0.0", content);
      expect(archive).toBe(digest);
      await live(harness, hour);
      expect((await versions(harness))[0]?.original).toBe(manifest);
    });
  });

  test("has signatures by their tag and by what they refer to, each once", async () => {
    await withRegistry({ recheck: hour }, async (harness, registry) => {
      const { manifest } = await registry.push("alpha", "1.0.0", "one");
      const config = await registry.put("application/vnd.dev.cosign.artifact.sig.v1+json", "{}");
      const sign = (text: string) =>
        registry.putManifest("alpha", `sha256-${manifest}.sig`, {
          schemaVersion: 2,
          config,
          layers: [],
          annotations: { text },
        });
      const first = await sign("first");
      await live(harness, hour);
      const second = await sign("second");
      await live(harness, 2 * hour);
      const lines = (await registryLines(harness, "alpha")).filter((line) => line.kind === "kept");
      expect(lines).toMatchObject([
        { tag: `sha256-${manifest}.sig`, descriptor: { digest: second, annotations: { text: "second" } } },
        { descriptor: { digest: first, artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json" } },
      ]);
      expect(lines[1]).not.toHaveProperty("tag");
    });
  });

  test("has layers that Helm does not know in storage", async () => {
    await withRegistry({}, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one", { others: ["a readme"] });
      await harness.settle();
      const digest = await sha256(new Uint8Array(new TextEncoder().encode("a readme")));
      expect(await (await env.BUCKET.get(ociBlobKey(digest)))?.text()).toBe("a readme");
    });
  });

  test("survives the loss of the ledger, signatures and sizes included", async () => {
    const repository = "registry-adopted";
    let before = "";
    await withKeeper(
      async (harness) => {
        const registry = new FakeRegistry();
        harness.parts.fetch = registry.fetch;
        harness.parts.config = { ...harness.parts.config, sources: [registrySource()] };
        const pushed = await registry.push("alpha", "1.0.0+b1", "one", { provenance: signature });
        const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
        const signed = { schemaVersion: 2, config, layers: [] };
        await registry.putManifest("alpha", `sha256-${pushed.manifest}.sig`, signed);
        await harness.settle();
        before = await publishedText(harness, "registry.txt");
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        const { revision } = await harness.head();
        harness.parts.config = { ...harness.parts.config, sources: [registrySource()] };
        harness.parts.fetch = () => Promise.resolve(new Response("gone", { status: 503 }));
        await harness.unit();
        harness.ledger.listingChanged();
        harness.wait(600);
        await harness.settle();
        expect(before.split("\n")).toHaveLength(3);
        expect(await publishedText(harness, "registry.txt")).toBe(before);
        expect((await harness.head()).revision).toBe(revision);
      },
      { repository },
    );
  });
});
