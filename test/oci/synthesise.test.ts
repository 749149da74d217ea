import { describe, expect, test } from "vitest";
import { synthesise } from "../../src/oci/synthesise.ts";

const archive = { digest: "b".repeat(64), size: 100 };
const entry = {
  name: "web",
  version: "1.0.0",
  description: "A & B",
  maintainers: [{ name: "Ann", email: "ann@example.com" }, { name: "Bob" }],
  apiVersion: "v2",
  annotations: { "10": "b", "9": "a" },
  created: "2024-01-02T03:04:05Z",
  urls: ["charts/x.tgz"],
  digest: archive.digest,
};
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const textOf = (document: { bytes: Uint8Array } | undefined) => new TextDecoder().decode(document?.bytes);

describe("a synthetic chart", () => {
  test("has the metadata as its config, without what only an index says", async () => {
    const made = await synthesise(bytesOf(entry), archive);
    expect(textOf(made?.config)).toBe(
      '{"name":"web","version":"1.0.0","description":"A \\u0026 B",' +
        '"maintainers":[{"name":"Ann","email":"ann@example.com"},{"name":"Bob"}],' +
        '"apiVersion":"v2","annotations":{"10":"b","9":"a"}}',
    );
    expect(made?.config.size).toBe(made?.config.bytes.byteLength);
  });

  test("has a manifest as Helm writes it, the time of the index in it", async () => {
    const made = await synthesise(bytesOf(entry), archive);
    expect(textOf(made?.manifest)).toBe(
      `{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json",` +
        `"digest":"sha256:${made?.config.digest}","size":${made?.config.size}},"layers":[` +
        `{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip",` +
        `"digest":"sha256:${archive.digest}","size":100}],"annotations":{"10":"b","9":"a",` +
        `"org.opencontainers.image.authors":"Ann (ann@example.com), Bob",` +
        `"org.opencontainers.image.created":"2024-01-02T03:04:05Z",` +
        `"org.opencontainers.image.description":"A \\u0026 B","org.opencontainers.image.title":"web",` +
        `"org.opencontainers.image.version":"1.0.0"}}`,
    );
  });

  test.for(["a", "c"])("has its layers in the order of their digests (provenance %s…)", async (digit) => {
    const made = await synthesise(bytesOf(entry), archive, { digest: digit.repeat(64), size: 5 });
    const { layers }: { layers: { digest: string }[] } = JSON.parse(textOf(made?.manifest));
    const digests = [archive.digest, digit.repeat(64)].toSorted();
    expect(layers.map(({ digest }) => digest)).toEqual(digests.map((digest) => `sha256:${digest}`));
  });

  test("is the same for fields in another order, and whatever else stands in the line", async () => {
    const turned = Object.fromEntries(Object.entries({ ...entry, surprise: 1 }).toReversed());
    const [one, other] = [
      await synthesise(bytesOf(entry), archive),
      await synthesise(bytesOf(turned), archive),
    ];
    expect(other?.manifest.digest).toBe(one?.manifest.digest);
    expect(one?.manifest.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test("has no time where the index has none", async () => {
    const { created: _, ...timeless } = entry;
    expect(textOf((await synthesise(bytesOf(timeless), archive))?.manifest)).not.toContain("created");
  });

  test.for(["[]", "null", "{", ""])("is not made of %j", async (line) => {
    expect(await synthesise(new TextEncoder().encode(line), archive)).toBeUndefined();
  });
});
