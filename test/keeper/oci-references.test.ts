import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { provenanceKey } from "../../src/storage/keys.ts";
import { FakeRegistry, registryUrl } from "../support/fake-registry.ts";
import {
  type Harness,
  indexOf,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

const provenance = "-----BEGIN PGP SIGNED MESSAGE-----\n";

async function withBoth(work: (harness: Harness, registry: FakeRegistry) => Promise<void>): Promise<void> {
  await withKeeper(async (harness) => {
    const registry = new FakeRegistry();
    harness.parts.fetch = (url, init) =>
      (url.startsWith("https://registry.example.com/") ? registry : harness.upstream).fetch(url, init);
    await work(harness, registry);
  });
}

/** Some publishers (Bitnami, Delivery Hero) keep an index whose archives are in a registry. */
describe("an index that names its archives in a registry", () => {
  test("has them mirrored, provenance too, with one request for each manifest", async () => {
    await withBoth(async (harness, registry) => {
      const { archive } = await registry.push("alpha", "1.0.0+build.1", "referred to", { provenance });
      const url = `${registryUrl}/alpha:1.0.0+build.1`;
      harness.upstream.put(
        "index.yaml",
        indexOf([{ chart: "alpha", version: "1.0.0+build.1", digest: archive, url }]),
      );
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
      expect(await env.BUCKET.head(provenanceKey(harness.repository, archive))).not.toBeNull();
      expect(registry.requests.filter((request) => request.includes("/manifests/"))).toHaveLength(1);
      expect(statusOf(harness).problemCount).toBe(0);
    });
  });

  test("is believed by its digest, not by the registry's", async () => {
    await withBoth(async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "moved since");
      const listed = {
        chart: "alpha",
        version: "1.0.0",
        digest: "a".repeat(64),
        url: `${registryUrl}/alpha:1.0.0`,
      };
      harness.upstream.put("index.yaml", indexOf([listed]));
      await harness.settle();
      expect(statusOf(harness).problems.map(({ code }) => code)).toEqual(["digest-mismatch"]);
    });
  });

  test.each([
    ["no tag", "oci://registry.example.com/charts/alpha", "bad-url"],
    ["a private address", "oci://169.254.169.254/charts/alpha:1.0.0", "bad-url"],
    ["a name inside the network", "oci://registry.internal/charts/alpha:1.0.0", "bad-url"],
    ["what is not there", `${registryUrl}/alpha:9.9.9`, "not-found"],
  ])("is refused what leads nowhere it may: %s", async (_, url, code) => {
    await withBoth(async (harness, registry) => {
      harness.upstream.put(
        "index.yaml",
        indexOf([{ chart: "alpha", version: "1.0.0", digest: "b".repeat(64), url }]),
      );
      await harness.settle();
      expect(statusOf(harness).problems.map((problem) => problem.code)).toEqual([code]);
      if (code === "bad-url") expect(registry.requests).toEqual([]);
    });
  });
});
