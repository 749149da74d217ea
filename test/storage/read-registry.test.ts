import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { Contents } from "../../src/storage/contents.ts";
import { revisionKey } from "../../src/storage/keys.ts";
import { chartLines, parseRegistryLine } from "../../src/storage/read-registry.ts";
import { storeRepository } from "../support/stored-repository.ts";

const hex = "a".repeat(64);
const sized = { digest: hex, size: 1 };
const version = {
  kind: "version",
  tag: "1.0.0_build.7",
  archive: sized,
  line: { offset: 3, length: 4 },
  synthetic: { manifest: hex, config: hex },
};
const kept = { kind: "kept", descriptor: { ...sized, mediaType: "application/example" } };

describe("a line of registry.txt", () => {
  test.each<[what: string, value: object]>([
    ["a version", version],
    ["a version from a registry", { ...version, original: hex }],
    [
      "a version with provenance",
      { ...version, synthetic: { ...version.synthetic, provenance: sized, withoutProvenance: hex } },
    ],
    ["a signature under a tag", { ...kept, tag: "sha256-x.sig" }],
    [
      "a referrer",
      {
        ...kept,
        subject: hex,
        descriptor: { ...kept.descriptor, artifactType: "a/b", annotations: { key: "value" } },
      },
    ],
  ])("is %s", (_what, value) => {
    expect(parseRegistryLine(JSON.stringify(value))).toEqual(value);
  });

  test.each<[what: string, text: string]>([
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["of another kind", JSON.stringify({ ...version, kind: "other" })],
    ["without its archive", JSON.stringify({ ...version, archive: undefined })],
    ["with a digest that is none", JSON.stringify({ ...version, archive: { digest: "../x", size: 1 } })],
    ["with an original that is no digest", JSON.stringify({ ...version, original: "../x" })],
    ["with a negative size", JSON.stringify({ ...version, archive: { digest: hex, size: -1 } })],
    ["without what is synthesised", JSON.stringify({ ...version, synthetic: {} })],
    ["kept without a descriptor", JSON.stringify({ kind: "kept" })],
    ["kept, of a subject that is no digest", JSON.stringify({ ...kept, subject: "x" })],
    [
      "kept, with an annotation that is no text",
      JSON.stringify({ ...kept, descriptor: { ...kept.descriptor, annotations: { key: 1 } } }),
    ],
  ])("is nothing when it is %s", (_what, text) => {
    expect(parseRegistryLine(text)).toBeUndefined();
  });
});

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(size); // the same one for every chunk, as the reader of bodies does it
  for (let at = 0; at < bytes.byteLength; at += size) {
    const chunk = bytes.subarray(at, at + size);
    buffer.set(chunk);
    yield await Promise.resolve(buffer.subarray(0, chunk.byteLength));
  }
}

test.each([1, 7, 64, 100_000])("lines come with their charts, in chunks of %i bytes", async (size) => {
  const revision = "1".repeat(32);
  await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "lines", charts, revision);
  const read = async (document: "contents.json" | "registry.txt") =>
    new Uint8Array(
      (await (await env.BUCKET.get(revisionKey("lines", revision, document)))?.arrayBuffer()) ?? [],
    );
  const contents: Contents = JSON.parse(new TextDecoder().decode(await read("contents.json")));
  const found: string[] = [];
  for await (const { chart, text } of chartLines(inChunks(await read("registry.txt"), size), contents)) {
    const line = parseRegistryLine(text);
    found.push(`${chart} ${line?.kind === "version" ? line.tag : line?.kind}`);
  }
  expect(found).toEqual(["zeta 2.0.0", "zeta 1.0.0", "zeta kept", "älpha 1.0.0_ü"]);
});

const charts = {
  zeta: { versions: ["2.0.0", "1.0.0"], kept: [{ kind: "kept" as const, descriptor: kept.descriptor }] },
  älpha: { versions: ["1.0.0+ü"] },
};

test("lines that no chart claims are left out", async () => {
  const place = { offset: 0, length: 1, etag: "0", versions: 1, newest: "1.0.0" };
  const contents: Contents = {
    charts: {
      b: { ...place, registry: { offset: 4, length: 2 } },
      none: { ...place, registry: { offset: 0, length: 0 } },
    },
  };
  const found: unknown[] = [];
  for await (const line of chartLines(inChunks(new TextEncoder().encode("0\n2\n4\n6\n8"), 3), contents)) {
    found.push(line);
  }
  expect(found).toEqual([{ chart: "b", text: "4" }]);
});
