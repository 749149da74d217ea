import { describe, expect, test } from "vitest";
import { readManifest } from "../../src/oci/manifest.ts";
import {
  chartLayerType,
  dockerListType,
  dockerManifestType,
  helmConfigType,
  legacyChartLayerType,
  ociIndexType,
  ociManifestType,
  provenanceLayerType,
} from "../../src/oci/media-types.ts";
import { readReferrers } from "../../src/oci/referrers.ts";

const hexOf = (letter: string) => letter.repeat(64);
const part = (mediaType: string, letter: string, size = 10) => ({
  mediaType,
  digest: `sha256:${hexOf(letter)}`,
  size,
});
const read = (mediaType: string, digest: string, size = 10) => ({ mediaType, digest: hexOf(digest), size });
const bytesOf = (document: unknown) => new TextEncoder().encode(JSON.stringify(document));

const config = part(helmConfigType, "a");
const chart = part(chartLayerType, "b");
const provenance = part(provenanceLayerType, "c");
const legacy = part(legacyChartLayerType, "d");

/** As Helm writes it: no mediaType. */
const helms = (layers: unknown, more: object = {}) => ({ schemaVersion: 2, config, layers, ...more });

describe("a chart's manifest", () => {
  const both = {
    kind: "chart",
    config: read(helmConfigType, "a"),
    archive: read(chartLayerType, "b"),
    provenance: read(provenanceLayerType, "c"),
    others: [],
  };

  test.each([
    ["in any order", [provenance, chart], both],
    ["in the other order", [chart, provenance], both],
    [
      "among layers of other types",
      [part("text/plain", "e"), provenance, chart],
      { ...both, others: [read("text/plain", "e")] },
    ],
    [
      "the new type before the legacy one",
      [legacy, chart, provenance],
      { ...both, others: [read(legacyChartLayerType, "d")] },
    ],
    [
      "of the legacy type, without provenance",
      [legacy],
      {
        kind: "chart",
        config: read(helmConfigType, "a"),
        archive: read(legacyChartLayerType, "d"),
        others: [],
      },
    ],
  ])("has its layers %s", (_name, layers, expected) => {
    expect(readManifest(bytesOf(helms(layers)), ociManifestType)).toEqual(expected);
  });

  test("is recognised without a mediaType by its Content-Type, and without both by its shape", () => {
    for (const type of [ociManifestType, "application/json", "text/plain", ""]) {
      expect(readManifest(bytesOf(helms([chart])), type)).toMatchObject({ kind: "chart" });
    }
  });

  test("tells when it was created, if it says so in a text of reasonable length", () => {
    const dated = (value: unknown) =>
      readManifest(
        bytesOf(helms([chart], { annotations: { "org.opencontainers.image.created": value } })),
        "",
      );
    expect(dated("2024-05-01T12:00:00Z")).toMatchObject({ created: "2024-05-01T12:00:00Z" });
    for (const value of [5, null, {}, "x".repeat(1000)]) expect(dated(value)).not.toHaveProperty("created");
  });

  test.each([
    ["no chart layer", helms([provenance])],
    ["two chart layers", helms([chart, part(chartLayerType, "e")])],
  ])("with %s is unusable", (_name, document) => {
    expect(readManifest(bytesOf(document), ociManifestType).kind).toBe("unusable");
  });
});

test("an index lists manifests", () => {
  const manifests = [{ ...part(ociManifestType, "a", 0), artifactType: "x/y", platform: { os: "linux" } }];
  const expected = {
    kind: "index",
    manifests: [{ ...read(ociManifestType, "a", 0), artifactType: "x/y" }],
  };
  const document = { schemaVersion: 2, manifests };
  expect(readManifest(bytesOf({ ...document, mediaType: ociIndexType }), "")).toEqual(expected);
  expect(readManifest(bytesOf(document), dockerListType)).toEqual(expected);
  expect(readManifest(bytesOf(document), "application/json")).toEqual(expected);
});

test("anything else with a config and layers is an artifact, the empty config among its blobs", () => {
  const empty = part("application/vnd.oci.empty.v1+json", "e", 2);
  const signature = part("application/vnd.dev.cosign.simplesigning.v1+json", "f");
  const document = {
    schemaVersion: 2,
    mediaType: ociManifestType,
    artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    config: empty,
    layers: [signature, signature],
    subject: part(ociManifestType, "1", 5),
  };
  expect(readManifest(bytesOf(document), ociManifestType)).toEqual({
    kind: "artifact",
    artifactType: document.artifactType,
    blobs: [read(empty.mediaType, "e", 2), read(signature.mediaType, "f"), read(signature.mediaType, "f")],
    subject: hexOf("1"),
  });
  const image = { ...document, mediaType: dockerManifestType, subject: undefined, artifactType: 5 };
  expect(readManifest(bytesOf(image), dockerManifestType)).toMatchObject({ kind: "artifact" });
});

describe("a hostile document is unusable, and says why:", () => {
  const withLayer = (layer: unknown) => helms([layer]);
  test.each<[string, unknown]>([
    ["a list", []],
    ["null", null],
    ["a text", "x"],
    ["nothing in it", {}],
    ["schema version 1", helms([chart], { schemaVersion: 1 })],
    ["both manifests and layers", helms([chart], { manifests: [] })],
    ["a mediaType that is no text", helms([chart], { mediaType: 5 })],
    ["an unknown mediaType", helms([chart], { mediaType: "application/x" })],
    ["a mediaType against the Content-Type", { manifests: [], mediaType: ociIndexType }],
    ["no layers", { config }],
    ["no config", { layers: [chart] }],
    ["layers that are no list", helms({ 0: chart })],
    ["too many layers", helms(Array.from({ length: 65 }, () => chart))],
    ["a layer that is null", withLayer(null)],
    ["no media type", withLayer({ ...chart, mediaType: undefined })],
    ["an endless media type", withLayer({ ...chart, mediaType: "x".repeat(300) })],
    ["sha512", withLayer({ ...chart, digest: `sha512:${hexOf("a")}${hexOf("a")}` })],
    ["no digest", withLayer({ ...chart, digest: null })],
    ["a path for a digest", withLayer({ ...chart, digest: "sha256:../../x" })],
    ["a negative size", withLayer({ ...chart, size: -1 })],
    ["half a byte", withLayer({ ...chart, size: 0.5 })],
    ["an endless size", withLayer({ ...chart, size: 1e300 })],
    ["a size in letters", withLayer({ ...chart, size: "10" })],
    ["foreign urls", withLayer({ ...chart, urls: ["https://evil.example/x"] })],
    ["urls that are no list", withLayer({ ...chart, urls: "https://evil.example/x" })],
    ["a hostile config", helms([chart], { config: { ...config, size: -1 } })],
    ["a hostile subject", { ...helms([]), config: part("x/y", "a"), subject: "x" }],
  ])("%s", (_name, document) => {
    const manifest = readManifest(bytesOf(document), ociManifestType);
    expect(manifest).toEqual({ kind: "unusable", why: expect.stringMatching(/^.{3,200}$/) });
  });

  test.each([
    ["nothing", ""],
    ["a page", "<!doctype html>"],
    ["half a document", '{"config":'],
    ["deep nesting", '{"layers":'.concat("[".repeat(200_000))],
  ])("%s", (_name, text) => {
    expect(readManifest(new TextEncoder().encode(text), ociManifestType).kind).toBe("unusable");
  });

  test("bytes that are no UTF-8", () => {
    expect(readManifest(new Uint8Array([0x7b, 0xff, 0x7d]), ociManifestType).kind).toBe("unusable");
  });
});

test("of the referrers, one that cannot be read hides no other", () => {
  const document = {
    schemaVersion: 2,
    mediaType: ociIndexType,
    manifests: [
      { ...part(ociManifestType, "a"), artifactType: "x/y", annotations: {} },
      { ...part(ociManifestType, "b"), digest: "sha512:00" },
      part(ociManifestType, "c"),
    ],
  };
  expect(readReferrers(bytesOf(document), ociIndexType, 10)).toEqual([
    { ...read(ociManifestType, "a"), artifactType: "x/y" },
    read(ociManifestType, "c"),
  ]);
  expect(readReferrers(bytesOf(document), ociIndexType, 1)).toHaveLength(1);
  expect(readReferrers(bytesOf({ errors: [] }), "application/json", 10)).toBeUndefined();
  expect(readReferrers(bytesOf(helms([chart])), "application/json", 10)).toBeUndefined();
});
