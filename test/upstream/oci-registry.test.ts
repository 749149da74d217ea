import { describe, expect, test } from "vitest";
import { readManifest } from "../../src/oci/manifest.ts";
import {
  chartLayerType,
  helmConfigType,
  ociIndexType,
  ociManifestType,
  provenanceLayerType,
} from "../../src/oci/media-types.ts";
import { FakeNetwork, TokenGuard, at, error, host, open, sha256 } from "./fake-registry.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const source = "oci://registry.example.com/charts";
const absent = "0".repeat(64);

const archive = encode("a chart's archive");
const signed = encode("-----BEGIN PGP SIGNED MESSAGE-----");
const config = encode('{"name":"podinfo"}');
const [archiveHex, signedHex, configHex] = await Promise.all(
  [archive, signed, config].map(async (bytes) => await sha256(bytes)),
);

const layer = (mediaType: string, hex: string | undefined, { byteLength }: Uint8Array) => ({
  mediaType,
  digest: `sha256:${hex}`,
  size: byteLength,
});
const manifest = encode(
  JSON.stringify({
    schemaVersion: 2,
    config: layer(helmConfigType, configHex, config),
    layers: [layer(provenanceLayerType, signedHex, signed), layer(chartLayerType, archiveHex, archive)],
  }),
);
const manifestHex = await sha256(manifest);
const tagPath = "/v2/charts/podinfo/manifests/6.0.0";
const blobPath = (hex: string | undefined) => `/v2/charts/podinfo/blobs/sha256:${hex}`;

const manifestAnswer = (headers: Record<string, string> = {}) =>
  new Response(manifest, { headers: { "content-type": ociManifestType, ...headers } });
const blob = (hex: string | undefined, bytes: Uint8Array<ArrayBuffer>) =>
  at(blobPath(hex), () => new Response(bytes));

describe("a probe", () => {
  const digest = { "docker-content-digest": `sha256:${manifestHex}` };

  test("asks by HEAD alone what a tag stands for, and accepts every kind of manifest", async () => {
    let accepted: string | null = null;
    const network = new FakeNetwork(at(tagPath, () => new Response(null, { headers: digest })));
    const { fetch } = network;
    network.fetch = (url, init) => {
      accepted = new Headers(init.headers).get("accept");
      return fetch(url, init);
    };
    expect(await open(network).registry.probe("podinfo", "6.0.0")).toBe(manifestHex);
    expect(network.log()).toEqual([`HEAD ${tagPath}`]);
    expect(accepted).toContain(ociManifestType);
    expect(accepted).toContain(ociIndexType);
  });

  test.each([
    ["is answered with 405", () => new Response(null, { status: 405 })],
    ["tells no digest", () => new Response(null)],
    [
      "tells another kind of digest",
      () => new Response(null, { headers: { "docker-content-digest": "sha512:0" } }),
    ],
  ])("asks by GET where HEAD %s", async (_name, answer) => {
    const network = new FakeNetwork(
      ({ method }) => (method === "HEAD" ? answer() : undefined),
      at(tagPath, () => manifestAnswer()),
    );
    expect(await open(network).registry.probe("podinfo", "6.0.0")).toBe(manifestHex);
    expect(network.log()).toEqual([`HEAD ${tagPath}`, `GET ${tagPath}`]);
  });

  test("of a tag that is gone, or can be none, finds nothing", async () => {
    const network = new FakeNetwork();
    const { registry } = open(network);
    expect(await registry.probe("podinfo", "6.0.0")).toBeUndefined();
    expect(await registry.probe("podinfo", "../../x")).toBeUndefined();
    expect(network.log()).toEqual([`HEAD ${tagPath}`]);
  });

  test.each([
    [401, "unauthorized"],
    [403, "refused"],
    [429, "rate-limited"],
    [503, "http-status"],
  ])("that is answered with %i is an error", async (status, code) => {
    const network = new FakeNetwork(() => new Response(null, { status }));
    await expect(open(network).registry.probe("podinfo", "6.0.0")).rejects.toMatchObject({ code });
  });
});

describe("a manifest", () => {
  test("comes byte for byte by tag and by digest, with its type, and leads to chart and provenance", async () => {
    const type = { "content-type": `${ociManifestType}; charset=utf-8` };
    const network = new FakeNetwork(
      at(tagPath, () => manifestAnswer(type)),
      at(`/v2/charts/podinfo/manifests/sha256:${manifestHex}`, () => manifestAnswer(type)),
    );
    const { registry } = open(network);
    for (const reference of ["6.0.0", `sha256:${manifestHex}`]) {
      const document = await registry.manifest("podinfo", reference);
      expect(document).toEqual({ digest: manifestHex, mediaType: ociManifestType, bytes: manifest });
      expect(readManifest(document?.bytes ?? manifest, document?.mediaType ?? "")).toMatchObject({
        kind: "chart",
        archive: { digest: archiveHex },
        provenance: { digest: signedHex },
      });
    }
  });

  test("may be an index", async () => {
    const index = encode(JSON.stringify({ schemaVersion: 2, manifests: [] }));
    const headers = { "content-type": ociIndexType };
    const network = new FakeNetwork(at(tagPath, () => new Response(index, { headers })));
    const document = await open(network).registry.manifest("podinfo", "6.0.0");
    expect(readManifest(document?.bytes ?? manifest, document?.mediaType ?? "").kind).toBe("index");
  });

  test("that is not there, or cannot be, is nothing", async () => {
    const { registry } = open(new FakeNetwork());
    for (const reference of ["6.0.0", `sha256:${absent}`, "a/b", `sha512:${absent}${absent}`]) {
      expect(await registry.manifest("podinfo", reference)).toBeUndefined();
    }
  });

  test.each([
    ["that is not the one asked for", `sha256:${absent}`, () => manifestAnswer(), "digest-mismatch"],
    [
      "that is not the one announced",
      "6.0.0",
      () => manifestAnswer({ "docker-content-digest": `sha256:${absent}` }),
      "digest-mismatch",
    ],
    ["that is a page", "6.0.0", () => new Response("<html>"), "malformed-answer"],
    ["beyond 4 MiB", "6.0.0", () => new Response(new Uint8Array(4 * 1024 * 1024 + 1)), "too-large"],
    ["that the registry refuses", "6.0.0", () => error(403, "DENIED"), "refused"],
  ])("%s is an error", async (_name, reference, answer, code) => {
    const { registry } = open(new FakeNetwork(answer));
    await expect(registry.manifest("podinfo", reference)).rejects.toMatchObject({ code });
  });
});

describe("a blob", () => {
  const expected = { digest: configHex ?? "", size: config.byteLength };

  test("comes verified", async () => {
    const { registry } = open(new FakeNetwork(blob(configHex, config)));
    expect(await registry.blob("podinfo", expected, 100)).toEqual(config);
    expect(await registry.blob("podinfo", { digest: absent, size: 1 }, 100)).toBeUndefined();
  });

  test.each([
    ["other bytes", encode("x".repeat(config.byteLength)), expected, 100, "digest-mismatch"],
    ["fewer bytes than listed", config, { ...expected, size: 50 }, 100, "digest-mismatch"],
    ["more bytes than listed", config, { ...expected, size: 5 }, 100, "digest-mismatch"],
    ["more bytes than allowed", encode("x".repeat(101)), expected, 100, "too-large"],
  ])("of %s is an error", async (_name, bytes, descriptor, maxBytes, code) => {
    const { registry } = open(new FakeNetwork(blob(configHex, bytes)));
    await expect(registry.blob("podinfo", descriptor, maxBytes)).rejects.toMatchObject({ code });
  });

  test("that is listed as too large is not asked for", async () => {
    const network = new FakeNetwork();
    const asking = open(network).registry.blob("podinfo", { ...expected, size: 101 }, 100);
    await expect(asking).rejects.toMatchObject({ code: "too-large" });
    expect(network.log()).toEqual([]);
  });

  test("that is on another host is fetched there without the token; what was asked for counts", async () => {
    const guard = new TokenGuard({ now: () => 0 });
    const network = new FakeNetwork(
      ({ url }) => (url.host === "blobs.example.com" ? new Response(config) : undefined),
      ...guard.handlers,
      at(blobPath(configHex), () => Response.redirect("https://blobs.example.com/x?signature=1", 307)),
    );
    const { registry, meter } = open(network);
    expect(await registry.blob("podinfo", expected, 100)).toEqual(config);
    expect(network.log().slice(2)).toEqual([
      `GET ${blobPath(configHex)} Bearer t1`,
      "GET https://blobs.example.com/x",
    ]);
    expect(meter.used).toBe(4);
  });

  test("that another host refuses, be it by 401 or by 400, costs no new token", async () => {
    for (const status of [400, 401]) {
      const guard = new TokenGuard({ now: () => 0 });
      const network = new FakeNetwork(
        ({ url }) => (url.host === "blobs.example.com" ? error(status, "X") : undefined),
        ...guard.handlers,
        at(blobPath(configHex), () => Response.redirect("https://blobs.example.com/x?signature=1", 307)),
      );
      const { registry } = open(network);
      for (let time = 1; time <= 2; time += 1) {
        const failing = registry.blob("podinfo", expected, 100);
        await expect(failing).rejects.toMatchObject({
          code: "refused",
          message: expect.not.stringContaining("signature"),
        });
      }
      expect(guard.issued).toBe(1);
    }
  });
});

describe("an archive", () => {
  const address = { source, url: `${source}/podinfo@sha256:${archiveHex}` };

  test("is handed over, and its provenance where the manifest lists one", async () => {
    const network = new FakeNetwork(blob(archiveHex, archive), blob(signedHex, signed));
    const { registry } = open(network);
    expect(await registry.archive(address, (bytes) => Promise.resolve(bytes))).toEqual(archive);
    expect(await registry.provenance({ ...address, provenance: signedHex ?? "" })).toEqual(signed);
    network.log();
    expect(await registry.provenance(address)).toBeUndefined();
    expect(network.log()).toEqual([]);
  });

  test("that is gone is not-found; a provenance that is gone is none", async () => {
    const { registry } = open(new FakeNetwork());
    await expect(registry.archive(address, () => Promise.resolve())).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await registry.provenance({ ...address, provenance: absent })).toBeUndefined();
  });

  test("may not be larger than its limit, a provenance than its own", async () => {
    const network = new FakeNetwork(
      blob(archiveHex, new Uint8Array(1025)),
      blob(signedHex, new Uint8Array(513)),
    );
    const { registry } = open(network);
    await expect(registry.archive(address, () => Promise.resolve())).rejects.toMatchObject({
      code: "too-large",
    });
    const asking = registry.provenance({ ...address, provenance: signedHex ?? "" });
    await expect(asking).rejects.toMatchObject({ code: "too-large" });
  });

  test("whose provenance has another digest is an error", async () => {
    const { registry } = open(new FakeNetwork(blob(signedHex, archive)));
    const asking = registry.provenance({ ...address, provenance: signedHex ?? "" });
    await expect(asking).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  test("waits until there is room for it", async () => {
    const large = new Uint8Array(800);
    const { registry } = open(new FakeNetwork(blob(archiveHex, large)));
    let held = 0;
    let most = 0;
    const use = async () => {
      held += 1;
      most = Math.max(most, held);
      await scheduler.wait(1);
      held -= 1;
    };
    await Promise.all([1, 2, 3].map(async () => await registry.archive(address, use)));
    expect(most).toBe(1);
  });

  test.each([
    `oci://other.example.com/charts/podinfo@sha256:${archiveHex}`,
    `${source}/podinfo`,
    `${source}/../secrets@sha256:${archiveHex}`,
    "https://registry.example.com/charts/podinfo.tgz",
  ])("of another place is not asked for: %s", async (url) => {
    const network = new FakeNetwork();
    const asking = open(network).registry.archive({ source, url }, () => Promise.resolve());
    await expect(asking).rejects.toMatchObject({ code: "forbidden-address" });
    expect(network.log()).toEqual([]);
  });
});

describe("a registry", () => {
  test.each([
    ["oci://registry.example.com/charts", false, `${host}/v2/charts/podinfo/manifests/1`],
    ["oci://registry.example.com", false, `${host}/v2/podinfo/manifests/1`],
    ["oci://docker.io/org", false, "https://registry-1.docker.io/v2/org/podinfo/manifests/1"],
    ["oci://localhost:5000/charts", true, "http://localhost:5000/v2/charts/podinfo/manifests/1"],
  ])("of %s is asked at its own address", async (url, plainHttp, expected) => {
    const network = new FakeNetwork();
    await open(network, { source: { url, plainHttp } }).registry.manifest("podinfo", "1");
    expect(network.asked.map((asked) => asked.url.href)).toEqual([expected]);
  });

  test.each(["http://blobs.example.com/x", "https://10.0.0.1/x", "https://169.254.169.254/x"])(
    "may not send the mirror to %s",
    async (place) => {
      const network = new FakeNetwork(() => Response.redirect(place, 307));
      const asking = open(network).registry.manifest("podinfo", "1");
      await expect(asking).rejects.toMatchObject({ code: "forbidden-address" });
      expect(network.log()).toHaveLength(1);
    },
  );
});
