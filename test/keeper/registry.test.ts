import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { ociBlobKey, ociManifestKey, provenanceKey } from "../../src/storage/keys.ts";
import { imageIndex, registryUrl } from "../support/fake-registry.ts";
import { type Harness, requireEveryArchive, statusOf } from "../support/keeper-harness.ts";
import { withRegistry } from "../support/registry-harness.ts";

const day = 86_400;

const registryOf = (harness: Harness) => statusOf(harness).sources[0]?.registry;

async function storedManifest(digest: string): Promise<{ text?: string; mediaType?: string }> {
  const object = await env.BUCKET.get(ociManifestKey(digest));
  if (object === null) return {};
  const { contentType } = object.httpMetadata ?? {};
  return { text: await object.text(), ...(contentType === undefined ? {} : { mediaType: contentType }) };
}

async function blobText(digest: string): Promise<string | undefined> {
  return await (await env.BUCKET.get(ociBlobKey(digest.replace("sha256:", ""))))?.text();
}

test("an entry has all that Helm's index has, and when it was made", async () => {
  await withRegistry({}, async (harness, registry) => {
    const metadata = {
      description: "An <alpha> & more",
      appVersion: "1.0",
      keywords: ["a"],
      maintainers: [{ name: "Ann" }],
      dependencies: [{ name: "beta", version: "1.x", repository: "https://example.com" }],
      annotations: { "example.com/a": "b" },
      created: "not the chart's to say",
      digest: "nor this",
    };
    await registry.push("alpha", "1.0.0", "one", { metadata, created: "2026-02-03T04:05:06Z" });
    await harness.settle();
    const { created: _, digest: __, ...kept } = metadata;
    expect((await harness.index()).entries["alpha"]?.[0]).toMatchObject({
      name: "alpha",
      apiVersion: "v2",
      created: "2026-02-03T04:05:06Z",
      ...kept,
    });
    expect(await requireEveryArchive(harness)).toBe(1);
  });
});

test("manifests and configs are stored as they came, manifests with their media type", async () => {
  await withRegistry({}, async (harness, registry) => {
    const { manifest } = await registry.push("alpha", "1.0.0", "one");
    await harness.settle();
    const { text, mediaType } = await storedManifest(manifest);
    const came = registry.content.get(`sha256:${manifest}`);
    expect(mediaType).toBe(came?.mediaType);
    expect(text).toBe(new TextDecoder().decode(came?.bytes));
    const { config }: { config: { digest: string } } = JSON.parse(text ?? "");
    expect(await blobText(config.digest)).toContain('"name":"alpha"');
  });
});

describe("a tag that moved", () => {
  test("is found when tags are looked at again, and its bytes are kept beside those that stay listed", async () => {
    await withRegistry({}, async (harness, registry) => {
      const first = await registry.push("alpha", "1.0.0", "one");
      await harness.settle();
      const second = await registry.push("alpha", "1.0.0", "changed behind one's back");
      harness.wait(2 * day);
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.map(({ digest }) => digest)).toEqual([first.archive]);
      expect(statusOf(harness).problems).toEqual([
        expect.objectContaining({
          code: "re-released",
          listed: { digest: first.archive, sources: [] },
          other: { digest: second.archive, sources: [registryUrl] },
        }),
      ]);
      expect(statusOf(harness).versions.stored).toBe(2);
    });
  });

  test("costs one HEAD each while it did not", async () => {
    await withRegistry({ recheck: day / 4 }, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      await registry.push("alpha", "2.0.0", "two");
      await harness.settle();
      registry.requests = [];
      harness.wait(day / 2);
      await harness.settle();
      expect(registry.requests.toSorted()).toEqual([
        "GET alpha/tags/list",
        "HEAD alpha/manifests/1.0.0",
        "HEAD alpha/manifests/2.0.0",
      ]);
    });
  });
});

describe("tags that are no chart versions", () => {
  test("are left out, with a count", async () => {
    await withRegistry({}, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      for (const tag of ["latest", "main", "not_a-version"])
        await registry.push("alpha", "9.9.9", tag, { tag });
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.map(({ version }) => version)).toEqual(["1.0.0"]);
      expect(registryOf(harness)).toMatchObject({ charts: 1, ignoredTags: 3 });
      expect(statusOf(harness).problemCount).toBe(0);
    });
  });

  test.each([
    ["another version's", { tag: "2.0" }, "other-version"],
    ["another chart's", { metadata: { name: "beta" } }, "other-version"],
    ["not of a type that Helm knows", { metadata: { type: "operator" } }, "bad-type"],
  ])("are refused one by one: %s", async (_, pushed, code) => {
    await withRegistry({}, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      await registry.push("alpha", "3.0.0", "three", pushed);
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.map(({ version }) => version)).toEqual(["1.0.0"]);
      expect(statusOf(harness).problems.map((problem) => problem.code)).toEqual([code]);
    });
  });

  test("and container images are refused by what they are", async () => {
    await withRegistry({}, async (harness, registry) => {
      const config = await registry.put("application/vnd.oci.image.config.v1+json", "{}");
      await registry.putManifest("alpha", "1.0.0", { schemaVersion: 2, config, layers: [] });
      await harness.settle();
      expect(statusOf(harness).problems).toEqual([
        { chart: "alpha", version: "1.0.0", code: "not-a-chart", message: "it is no Helm chart" },
      ]);
    });
  });
});

test("a chart inside an image index is found, and both manifests are kept", async () => {
  await withRegistry({}, async (harness, registry) => {
    const { manifest } = await registry.push("alpha", "1.0.0", "one");
    const child = {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: `sha256:${manifest}`,
      size: 1,
    };
    const index = await registry.putManifest(
      "alpha",
      "1.0.0",
      { schemaVersion: 2, manifests: [child] },
      imageIndex,
    );
    await harness.settle();
    expect(await requireEveryArchive(harness)).toBe(1);
    expect((await storedManifest(index)).mediaType).toBe(imageIndex);
    expect((await storedManifest(manifest)).text).toContain("layers");
  });
});

describe("what stands beside chart versions", () => {
  test("comes along: signatures and attestations under their tags, Artifact Hub's metadata", async () => {
    await withRegistry({}, async (harness, registry) => {
      const { manifest } = await registry.push("alpha", "1.0.0", "one");
      const blob = await registry.put("application/vnd.dev.cosign.simplesigning.v1+json", "a signature");
      const empty = await registry.put("application/vnd.oci.empty.v1+json", "{}");
      const artifact = { schemaVersion: 2, config: empty, layers: [blob] };
      const tags = [
        `sha256-${manifest}.sig`,
        `sha256-${manifest}.att`,
        `sha256-${manifest}`,
        "artifacthub.io",
      ];
      for (const tag of tags) await registry.putManifest("alpha", tag, artifact);
      await harness.settle();
      expect(registryOf(harness)).toMatchObject({ kept: 4, ignoredTags: 0 });
      expect(await blobText(blob.digest)).toBe("a signature");
    });
  });

  test("comes along where only the referrers API tells of it", async () => {
    await withRegistry({}, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      const blob = await registry.put("text/plain", "a bill of materials");
      const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
      const referrer = await registry.put(
        "application/vnd.oci.image.manifest.v1+json",
        JSON.stringify({ schemaVersion: 2, config, layers: [blob] }),
      );
      registry.fault = (path) =>
        path.startsWith("alpha/referrers/")
          ? Response.json(
              { schemaVersion: 2, mediaType: imageIndex, manifests: [referrer] },
              { headers: { "content-type": imageIndex } },
            )
          : undefined;
      await harness.settle();
      expect(registryOf(harness)?.kept).toBe(1);
      expect(await blobText(blob.digest)).toBe("a bill of materials");
    });
  });

  test("is not taken beyond its bounds", async () => {
    await withRegistry({}, async (harness, registry) => {
      const { manifest } = await registry.push("alpha", "1.0.0", "one");
      const blob = await registry.put("text/plain", "x".repeat(2 ** 16 + 1));
      const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
      await registry.putManifest("alpha", `sha256-${manifest}.sbom`, {
        schemaVersion: 2,
        config,
        layers: [blob],
      });
      await harness.settle();
      expect(registryOf(harness)?.kept).toBe(0);
      expect(statusOf(harness).problems.map(({ code }) => code)).toEqual(["too-large"]);
      expect(await requireEveryArchive(harness)).toBe(1);
    });
  });
});

test("provenance that is pushed later is fetched when the tag is looked at again", async () => {
  await withRegistry({}, async (harness, registry) => {
    const { archive } = await registry.push("alpha", "1.0.0", "one");
    await harness.settle();
    await registry.push("alpha", "1.0.0", "one", { provenance: "-----BEGIN PGP SIGNED MESSAGE-----\n" });
    harness.wait(2 * day);
    await harness.settle();
    expect(await env.BUCKET.head(provenanceKey(harness.repository, archive))).not.toBeNull();
    expect(statusOf(harness).problemCount).toBe(0);
  });
});
