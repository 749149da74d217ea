import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { ociBlobKey, ociManifestKey } from "../../src/storage/keys.ts";
import { failingStore } from "../support/failing-store.ts";
import { type FakeRegistry, imageIndex, imageManifest } from "../support/fake-registry.ts";
import { type Harness, statusOf } from "../support/keeper-harness.ts";
import { hour, live, versionsOf, withRegistry } from "../support/registry-harness.ts";

const keptBy = (harness: Harness) => statusOf(harness).sources[0]?.registry?.kept;

/** Under cosign's tag, with so many layers. */
async function sign(registry: FakeRegistry, manifest: string, layers: number): Promise<string> {
  const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
  const blobs: object[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    blobs.push(await registry.put("application/vnd.dev.cosign.simplesigning.v1+json", `layer ${layer}`));
  }
  return await registry.putManifest("alpha", `sha256-${manifest}.sig`, {
    schemaVersion: 2,
    config,
    layers: blobs,
  });
}

/** All of its tags are deleted. */
function withdraw(registry: FakeRegistry, chart: string): void {
  for (const key of registry.tags.keys()) if (key.startsWith(`${chart}:`)) registry.tags.delete(key);
}

const contentTypeOf = async (manifest: string): Promise<string | undefined> =>
  (await env.BUCKET.head(ociManifestKey(manifest)))?.httpMetadata?.contentType;

describe("a signature that was kept", () => {
  test("stays known when its chart is deleted upstream", async () => {
    await withRegistry({ charts: ["alpha", "beta"] }, async (harness, registry) => {
      const { manifest } = await registry.push("alpha", "1.0.0", "one");
      await registry.push("beta", "1.0.0", "two");
      const signature = await sign(registry, manifest, 1);
      await harness.settle();
      expect(keptBy(harness)).toBe(1);
      withdraw(registry, "alpha");
      await live(harness, hour);
      expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
      expect(statusOf(harness).sources[0]).toMatchObject({
        state: "ok",
        registry: { kept: 1, absentCount: 1 },
      });
      expect(await env.BUCKET.head(ociManifestKey(signature))).not.toBeNull();
    });
  });

  test("stays known when its tag outgrows what is kept of one", async () => {
    await withRegistry({ recheck: hour }, async (harness, registry) => {
      const { manifest } = await registry.push("alpha", "1.0.0", "one");
      await sign(registry, manifest, 3);
      await harness.settle();
      expect(keptBy(harness)).toBe(1);
      await sign(registry, manifest, 20);
      await live(harness, 2 * hour);
      expect(statusOf(harness).problems.map(({ code }) => code)).toEqual(["too-large"]);
      expect(keptBy(harness)).toBe(1);
    });
  });
});

test("what the referrers' fallback tag lists comes along", async () => {
  await withRegistry({}, async (harness, registry) => {
    const { manifest } = await registry.push("alpha", "1.0.0", "one");
    const artifactType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    const blob = await registry.put(artifactType, "a bundle");
    const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
    const subject = { mediaType: imageManifest, digest: `sha256:${manifest}`, size: 1 };
    const document = { schemaVersion: 2, artifactType, config, layers: [blob], subject };
    const signature = await registry.put(imageManifest, JSON.stringify(document));
    const list = { schemaVersion: 2, mediaType: imageIndex, manifests: [signature] };
    await registry.putManifest("alpha", `sha256-${manifest}`, list, imageIndex);
    await harness.settle();
    const hex = (digest: string): string => digest.replace("sha256:", "");
    expect(await env.BUCKET.head(ociManifestKey(hex(signature.digest)))).not.toBeNull();
    expect(await env.BUCKET.head(ociBlobKey(hex(blob.digest)))).not.toBeNull();
    expect(keptBy(harness)).toBe(2);
  });
});

test("what refers to a chart that is gone is not told as missing any more", async () => {
  await withRegistry({ charts: ["alpha", "beta"] }, async (harness, registry) => {
    await registry.push("alpha", "1.0.0", "one");
    await registry.push("beta", "1.0.0", "two");
    const missing = { mediaType: imageManifest, digest: `sha256:${"e".repeat(64)}`, size: 3 };
    const list = { schemaVersion: 2, mediaType: imageIndex, manifests: [missing] };
    registry.fault = (path) =>
      path.startsWith("alpha/referrers/")
        ? Response.json(list, { headers: { "content-type": imageIndex } })
        : undefined;
    await harness.settle();
    expect(statusOf(harness).problems.map(({ code }) => code)).toEqual(["not-found"]);
    withdraw(registry, "alpha");
    await live(harness, hour);
    expect(statusOf(harness).problemCount).toBe(0);
  });
});

describe("another repository that has the bytes of a manifest", () => {
  const stolen = async (work: (registry: FakeRegistry, bytes: string) => Promise<void>) => {
    let manifest = "";
    let bytes = "";
    await withRegistry({}, async (harness, registry) => {
      ({ manifest } = await registry.push("alpha", "1.0.0", "one"));
      bytes = new TextDecoder().decode(registry.content.get(`sha256:${manifest}`)?.bytes);
      await harness.settle();
      expect(await contentTypeOf(manifest)).toBe(imageManifest);
    });
    await withRegistry({ charts: ["evil"] }, async (harness, registry) => {
      await registry.push("evil", "1.0.0", "evil");
      await work(registry, bytes);
      await harness.settle();
      expect(keptBy(harness)).toBe(1);
    });
    expect(await contentTypeOf(manifest)).toBe(imageManifest);
  };
  const signatureTag = `sha256-${"a".repeat(64)}.sig`;

  test("does not change its media type by calling them a blob of a page", async () => {
    await stolen(async (registry, bytes) => {
      const page = await registry.put("text/html", bytes);
      const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
      await registry.putManifest("evil", signatureTag, { schemaVersion: 2, config, layers: [page] });
    });
  });

  test("does not change its media type by serving them as another kind of manifest", async () => {
    await stolen(async (registry, bytes) => {
      const { digest } = await registry.put("application/vnd.docker.distribution.manifest.v2+json", bytes);
      registry.tags.set(`evil:${signatureTag}`, digest);
    });
  });
});

test.each([
  ["a line feed", "a\nb"],
  ["a NUL", "a\u0000b"],
  ["letters beyond ASCII", "é☃"],
  ["half a character", "\ud800"],
  ["the longest allowed text", "x".repeat(255)],
])("a signature is kept whose media type has %s, which goes into no header", async (_name, mediaType) => {
  await withRegistry({}, async (harness, registry) => {
    const { manifest } = await registry.push("alpha", "1.0.0", "one");
    const blob = await registry.put(mediaType, `a signature of type ${mediaType}`);
    const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
    const tag = `sha256-${manifest}.sig`;
    await registry.putManifest("alpha", tag, { schemaVersion: 2, config, layers: [blob] });
    await harness.settle();
    expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
    const stored = await env.BUCKET.head(ociBlobKey(blob.digest.replace("sha256:", "")));
    expect(stored?.size).toBe(blob.size);
    expect(stored?.httpMetadata?.contentType).toBeUndefined();
  });
});

test("a store that refuses a signature keeps no version from being listed, and is asked again", async () => {
  await withRegistry({}, async (harness, registry) => {
    const { manifest } = await registry.push("alpha", "1.0.0", "one");
    const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
    const layer = await registry.put("text/plain", `a signature for ${harness.repository}`);
    await registry.putManifest("alpha", `sha256-${manifest}.sig`, {
      schemaVersion: 2,
      config,
      layers: [layer],
    });
    const key = ociBlobKey(layer.digest.replace("sha256:", ""));
    const { bucket } = harness.parts;
    harness.parts.bucket = failingStore(bucket, (_, asked) => (asked === key ? "before" : "no"), {
      operations: 0,
    });
    await live(harness, 10);
    expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
    expect(statusOf(harness).problems.map(({ code }) => code)).toEqual(["storage-failed"]);
    harness.parts.bucket = bucket;
    await live(harness, hour);
    expect(keptBy(harness)).toBe(1);
    expect(statusOf(harness).problemCount).toBe(0);
  });
});
