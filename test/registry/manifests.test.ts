import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import { ociManifestKey, provenanceKey, revisionKey } from "../../src/storage/keys.ts";
import { errorCode, registryUnderTest } from "../support/registry-under-test.ts";
import { manifestType, storeCharts } from "../support/stored-charts.ts";
import { provenanceOf } from "../support/stored-repository.ts";
import { without } from "../support/watched-stores.ts";

const { stored, original, kept, middle, signed, plus } = await storeCharts();
const registry = registryUnderTest();
const at = (reference: string): string => `stable/alpha/manifests/${reference}`;

interface Manifest {
  config: { digest: string; size: number };
  layers: { mediaType: string; digest: string; size: number }[];
  annotations: Record<string, string>;
}

const digestOf = (response: Response): string => response.headers.get("docker-content-digest") ?? "";

describe("a tag leads to", () => {
  test("the manifest with which the version came from a registry, byte for byte", async () => {
    const response = await registry.request(at("2.0.0"));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "public, max-age=60, stale-while-revalidate=300",
      "cache-tag": "repository-stable",
      "content-length": String(original.text.length),
      "content-type": manifestType,
      "docker-content-digest": `sha256:${original.digest}`,
      etag: `"${original.digest}"`,
    });
    expect(await response.text()).toBe(original.text);
  });

  test("a synthetic manifest where the version is in no registry", async () => {
    const response = await registry.request(at("1.10.0"));
    expect(response.headers.get("content-type")).toBe(manifestType);
    const bytes = await response.bytes();
    expect(digestOf(response)).toBe(`sha256:${await sha256(new Uint8Array(bytes))}`);
    const manifest: Manifest = JSON.parse(new TextDecoder().decode(bytes));
    expect(manifest.layers).toEqual([
      {
        mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        digest: `sha256:${middle.digest}`,
        size: middle.archive.byteLength,
      },
    ]);
    expect(manifest.annotations["org.opencontainers.image.version"]).toBe("1.10.0");
  });

  test("a version with a plus sign, which a tag has as an underscore", async () => {
    const manifest: Manifest = await (await registry.request(at("1.0.0_up1"))).json();
    expect(manifest.layers[0]?.digest).toBe(`sha256:${plus.digest}`);
  });

  test("a manifest with the provenance as a layer, where the version is signed", async () => {
    const manifest: Manifest = await (await registry.request(at("1.2.0"))).json();
    expect(manifest.layers.map(({ digest }) => digest).toSorted()).toEqual(
      [signed.digest, signed.provenance?.digest].map((digest) => `sha256:${digest}`).toSorted(),
    );
  });

  test.for([
    ["signature", manifestType],
    ["fallback", "application/vnd.oci.image.index.v1+json"],
  ] as const)("a kept %s, with the type that its bytes have", async ([what, type]) => {
    const { tag = "", descriptor } = kept[what];
    const response = await registry.request(at(tag));
    expect(response.headers.get("content-type")).toBe(type);
    expect(digestOf(response)).toBe(`sha256:${descriptor.digest}`);
    expect(await sha256(new Uint8Array(await response.bytes()))).toBe(descriptor.digest);
  });
});

describe("a digest leads", () => {
  test("to the same bytes as the tag, for ever", async () => {
    for (const tag of ["2.0.0", "1.10.0", "1.2.0", kept.signature.tag ?? ""]) {
      const tagged = await registry.request(at(tag));
      const response = await registry.request(at(digestOf(tagged)));
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toContain("immutable");
      expect(response.headers.get("cache-tag")).toBe(digestOf(response).replace(":", "-"));
      expect(response.headers.get("content-type")).toBe(tagged.headers.get("content-type"));
      expect(digestOf(response)).toBe(digestOf(tagged));
      expect(await response.text()).toBe(await tagged.text());
    }
  });

  test("to a version's synthetic manifest, also where the tag leads to another one", async () => {
    const text = await (
      await env.BUCKET.get(revisionKey("stable", stored.head.revision, "registry.txt"))
    )?.text();
    const { synthetic } = JSON.parse(text?.split("\n")[0] ?? "");
    const response = await registry.request(at(`sha256:${synthetic.manifest}`));
    expect(await sha256(new Uint8Array(await response.bytes()))).toBe(synthetic.manifest);
  });

  test("to the manifest that was served before the provenance was found", async () => {
    const text = await (
      await env.BUCKET.get(revisionKey("stable", stored.head.revision, "registry.txt"))
    )?.text();
    const { synthetic } = JSON.parse(text?.split("\n").find((line) => line.includes('"1.2.0"')) ?? "");
    const response = await registry.request(at(`sha256:${synthetic.withoutProvenance}`));
    const manifest: Manifest = await response.json();
    expect(manifest.layers.map(({ digest }) => digest)).toEqual([`sha256:${signed.digest}`]);
    expect(manifest.config.digest).toBe(`sha256:${synthetic.config}`);
  });

  test("nowhere where it is that of an archive, a config or nothing", async () => {
    const manifest: Manifest = await (await registry.request(at("1.10.0"))).json();
    for (const digest of [`sha256:${middle.digest}`, manifest.config.digest, `sha256:${"0".repeat(64)}`]) {
      const response = await registry.request(at(digest));
      expect(response.status).toBe(404);
      expect(await errorCode(response)).toBe("MANIFEST_UNKNOWN");
    }
  });
});

test("who has a manifest already is told so, without its bytes", async () => {
  for (const reference of ["2.0.0", "1.10.0", `sha256:${original.digest}`]) {
    const etag = (await registry.request(at(reference))).headers.get("etag") ?? "";
    for (const method of ["GET", "HEAD"]) {
      const headers = { "If-None-Match": etag };
      const response = await registry.request(at(reference), { method, headers });
      expect(response.status).toBe(304);
      expect(response.headers.get("etag")).toBe(etag);
      expect(response.headers.get("docker-content-digest")).not.toBeNull();
      expect(response.body).toBeNull();
    }
  }
});

test.for(["9.9.9", "latest", "1.0.0+up1", "2.0", ".x"])("the tag %s is unknown", async (tag) => {
  const response = await registry.request(at(tag));
  expect(response.status).toBe(404);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(await errorCode(response)).toBe("MANIFEST_UNKNOWN");
});

describe("no byte is served under a digest that it does not have:", () => {
  const fails = async (bucket: Pick<R2Bucket, "get" | "head">, reference: string): Promise<void> => {
    const broken = registryUnderTest({ bucket });
    const response = await broken.request(at(reference));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await errorCode(response)).toBe("UNAVAILABLE");
    expect(broken.failures).toHaveLength(1);
  };

  test("an index that is not that of the revision is a failure", async () => {
    const other = new TextEncoder().encode(stored.index.replaceAll("Größe", "Groesse"));
    await fails(replacing(/index\.json$/, other), "1.10.0");
  });

  test("an original that is gone is a failure, and not another manifest", async () => {
    await fails(without(env.BUCKET, /^oci\/manifests\//), "2.0.0");
  });

  test("a provenance file that changed since is a failure", async () => {
    const key = provenanceKey("stable", signed.digest);
    await env.BUCKET.put(key, "another");
    const response = await registry.request(`stable/alpha/blobs/sha256:${signed.provenance?.digest}`);
    expect(response.status).toBe(503);
    await response.bytes();
    await env.BUCKET.put(key, provenanceOf("alpha", "1.2.0"));
  });
});

/** The store, with other bytes under the keys that match. */
function replacing(pattern: RegExp, bytes: Uint8Array): Pick<R2Bucket, "get" | "head"> {
  return new Proxy(env.BUCKET, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function") return member;
      return async (key: string, options: { range?: { offset: number; length: number } } = {}) => {
        const object: unknown = await Reflect.apply(member, target, [key, options]);
        if (!pattern.test(key)) return object;
        const { offset, length } = options.range ?? { offset: 0, length: bytes.byteLength };
        return Object.assign(new Response(bytes.slice(offset, offset + length)), { size: bytes.byteLength });
      };
    },
  });
}

test("manifests are found in R2 alone by digest, whatever became of the index", async () => {
  const alone = registryUnderTest({
    kv: without(env.KV, /./),
    bucket: without(env.BUCKET, /^repositories\//),
  });
  expect((await alone.request(at(`sha256:${original.digest}`))).status).toBe(200);
  expect(await env.BUCKET.head(ociManifestKey(original.digest))).not.toBeNull();
});
