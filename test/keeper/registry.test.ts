import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { OciSourceConfig } from "../../src/config/config.ts";
import { ociBlobKey, ociManifestKey, provenanceKey } from "../../src/storage/keys.ts";
import { FakeRegistry, imageIndex, refusal, registryUrl } from "../support/fake-registry.ts";
import { type Harness, requireEveryArchive, statusOf, withKeeper } from "../support/keeper-harness.ts";

const day = 86_400;

async function withRegistry(
  work: (harness: Harness, registry: FakeRegistry) => Promise<void>,
  settings: Partial<OciSourceConfig> = {},
): Promise<void> {
  await withKeeper(async (harness) => {
    const registry = new FakeRegistry();
    harness.parts.fetch = registry.fetch;
    const source: OciSourceConfig = {
      kind: "oci",
      url: registryUrl,
      charts: ["alpha"],
      plainHttp: false,
      recheck: day,
      ...settings,
    };
    harness.parts.config = { ...harness.parts.config, sources: [source] };
    await work(harness, registry);
  });
}

const registryOf = (harness: Harness) => statusOf(harness).sources[0]?.registry;

async function manifestIn(bucket: R2Bucket, digest: string): Promise<{ text?: string; mediaType?: string }> {
  const object = await bucket.get(ociManifestKey(digest));
  if (object === null) return {};
  const { contentType } = object.httpMetadata ?? {};
  return { text: await object.text(), ...(contentType === undefined ? {} : { mediaType: contentType }) };
}

async function blobText(digest: string): Promise<string | undefined> {
  return await (await env.BUCKET.get(ociBlobKey(digest.replace("sha256:", ""))))?.text();
}

test("an entry has all that Helm's index has, and when it was made", async () => {
  await withRegistry(async (harness, registry) => {
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
  await withRegistry(async (harness, registry) => {
    const { manifest } = await registry.push("alpha", "1.0.0", "one");
    await harness.settle();
    const { text, mediaType } = await manifestIn(env.BUCKET, manifest);
    const came = registry.content.get(`sha256:${manifest}`);
    expect(mediaType).toBe(came?.mediaType);
    expect(text).toBe(new TextDecoder().decode(came?.bytes));
    const { config }: { config: { digest: string } } = JSON.parse(text ?? "");
    expect(await blobText(config.digest)).toContain('"name":"alpha"');
  });
});

describe("a tag that moved", () => {
  test("is found when tags are looked at again, and its bytes are kept beside those that stay listed", async () => {
    await withRegistry(async (harness, registry) => {
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
    await withRegistry(
      async (harness, registry) => {
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
      },
      { recheck: day / 4 },
    );
  });
});

describe("tags that are no chart versions", () => {
  test("are left out, with a count", async () => {
    await withRegistry(async (harness, registry) => {
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
    await withRegistry(async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      await registry.push("alpha", "3.0.0", "three", pushed);
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.map(({ version }) => version)).toEqual(["1.0.0"]);
      expect(statusOf(harness).problems.map((problem) => problem.code)).toEqual([code]);
    });
  });

  test("and container images are refused by what they are", async () => {
    await withRegistry(async (harness, registry) => {
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
  await withRegistry(async (harness, registry) => {
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
    expect((await manifestIn(env.BUCKET, index)).mediaType).toBe(imageIndex);
    expect((await manifestIn(env.BUCKET, manifest)).text).toContain("layers");
  });
});

describe("what stands beside chart versions", () => {
  test("comes along: signatures and attestations under their tags, Artifact Hub's metadata", async () => {
    await withRegistry(async (harness, registry) => {
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
    await withRegistry(async (harness, registry) => {
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
    await withRegistry(async (harness, registry) => {
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

describe("which charts", () => {
  test("one that the registry does not have, or does not show, is no failure", async () => {
    await withRegistry(
      async (harness, registry) => {
        await registry.push("alpha", "1.0.0", "one");
        registry.fault = (path) => (path.startsWith("gamma/") ? refusal(403, "DENIED") : undefined);
        await harness.settle();
        expect(statusOf(harness).sources[0]).toMatchObject({
          state: "ok",
          registry: { charts: 1, absent: ["beta"], absentCount: 1, denied: ["gamma"], deniedCount: 1 },
        });
      },
      { charts: ["alpha", "beta", "gamma"] },
    );
  });

  test("a registry that denies all of them fails", async () => {
    await withRegistry(async (harness, registry) => {
      registry.fault = () => refusal(403, "DENIED");
      await harness.unit();
      expect(statusOf(harness).sources[0]).toMatchObject({ state: "failing", error: { code: "refused" } });
    });
  });

  test("come from the registry's catalogue", async () => {
    await withRegistry(
      async (harness, registry) => {
        await registry.push("alpha", "1.0.0", "one");
        await registry.push("beta", "1.0.0", "two");
        const repositories = ["charts/alpha", "charts/beta", "images/gamma"];
        const catalog = "https://registry.example.com/v2/_catalog";
        registry.fault = (path) => (path.startsWith(catalog) ? Response.json({ repositories }) : undefined);
        await harness.settle();
        expect(Object.keys((await harness.index()).entries)).toEqual(["alpha", "beta"]);
      },
      { charts: "catalog" },
    );
  });

  test("have to be named where the registry shows no catalogue, and it says so", async () => {
    await withRegistry(
      async (harness) => {
        await harness.unit();
        expect(statusOf(harness).sources[0]?.error?.message).toMatch(
          /name the charts under `charts` instead/,
        );
      },
      { charts: "catalog" },
    );
  });
});

describe("failures that pass", () => {
  test("a tag without a manifest is tried again, and costs no other", async () => {
    await withRegistry(async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      const { manifest } = await registry.push("alpha", "2.0.0", "two");
      const missing = registry.content.get(`sha256:${manifest}`);
      registry.content.delete(`sha256:${manifest}`);
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.map(({ version }) => version)).toEqual(["1.0.0"]);
      expect(statusOf(harness).problems[0]).toMatchObject({ version: "2.0.0", code: "not-found" });
      if (missing !== undefined) registry.content.set(`sha256:${manifest}`, missing);
      harness.wait(300);
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.map(({ version }) => version)).toEqual([
        "2.0.0",
        "1.0.0",
      ]);
      expect(statusOf(harness).problemCount).toBe(0);
    });
  });

  test("a registry that limits its rate is left alone for as long as it asks", async () => {
    await withRegistry(async (harness, registry) => {
      for (let minor = 0; minor < 20; minor += 1)
        await registry.push("alpha", `1.${minor}.0`, `limited ${minor}`);
      registry.fault = (path) =>
        path.includes("/manifests/")
          ? new Response("", { status: 429, headers: { "retry-after": "120" } })
          : undefined;
      await harness.settle();
      const asked = registry.requests.length;
      expect(asked).toBeLessThan(10);
      registry.fault = undefined;
      harness.wait(60);
      await harness.settle();
      expect(registry.requests.length).toBe(asked);
      harness.wait(60);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(20);
    });
  });

  test("a registry that fails for one chart still gives the others", async () => {
    await withRegistry(
      async (harness, registry) => {
        await registry.push("alpha", "1.0.0", "one");
        await registry.push("beta", "1.0.0", "two");
        registry.fault = (path) => (path.startsWith("alpha/") ? refusal(500, "UNKNOWN") : undefined);
        await harness.settle();
        expect(Object.keys((await harness.index()).entries)).toEqual(["beta"]);
        const failed = [expect.objectContaining({ chart: "alpha", code: "http-status" })];
        expect(statusOf(harness).sources[0]).toMatchObject({
          state: "ok",
          registry: { failed, failedCount: 1 },
        });
        registry.fault = undefined;
        harness.wait(600);
        await harness.settle();
        expect(Object.keys((await harness.index()).entries)).toEqual(["alpha", "beta"]);
      },
      { charts: ["alpha", "beta"] },
    );
  });
});

test("provenance that is pushed later is fetched when the tag is looked at again", async () => {
  await withRegistry(async (harness, registry) => {
    const { archive } = await registry.push("alpha", "1.0.0", "one");
    await harness.settle();
    await registry.push("alpha", "1.0.0", "one", { provenance: "-----BEGIN PGP SIGNED MESSAGE-----\n" });
    harness.wait(2 * day);
    await harness.settle();
    expect(await env.BUCKET.head(provenanceKey(harness.repository, archive))).not.toBeNull();
    expect(statusOf(harness).problemCount).toBe(0);
  });
});

test("many charts are asked for in as many units as the budget needs, and then at rest", async () => {
  const charts = Array.from({ length: 40 }, (_, at) => `chart-${at}`);
  await withRegistry(
    async (harness, registry) => {
      for (const chart of charts) await registry.push(chart, "1.0.0", chart);
      harness.parts.budget = { entries: 10, archives: 5, subrequests: 12 };
      for (let unit = 0; unit < 60; unit += 1) await harness.unit();
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(40);
      expect(statusOf(harness).sources[0]).toMatchObject({ state: "ok", registry: { charts: 40 } });
    },
    { charts },
  );
});
