import { describe, expect, test } from "vitest";
import { statusOf } from "../support/keeper-harness.ts";
import {
  hour,
  live,
  publishVersion,
  registrySource,
  repositorySource,
  versionsOf,
  withRegistry,
  withSources,
} from "../support/registry-harness.ts";

describe("a source that is taken out of the configuration", () => {
  test("does not keep an archive from being tried again at the others", async () => {
    await withSources([repositorySource, registrySource()], async (harness, registry) => {
      const digest = await publishVersion(harness, "alpha", "same");
      const { archive } = await registry.push("alpha", "1.0.0", "same");
      expect(archive).toBe(digest);
      const file = harness.upstream.files.get("alpha-1.0.0.tgz") ?? new Uint8Array();
      harness.upstream.files.set("alpha-1.0.0.tgz", () => new Response("", { status: 503 }));
      registry.content.delete(`sha256:${digest}`);
      await harness.unit();
      harness.parts.config = { ...harness.parts.config, sources: [repositorySource] };
      await live(harness, 300);
      harness.upstream.files.set("alpha-1.0.0.tgz", file);
      await live(harness, hour);
      expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
    });
  });

  test("shows what it has when it is configured again", async () => {
    await withSources([repositorySource, registrySource()], async (harness, registry) => {
      await publishVersion(harness, "alpha", "same");
      await registry.push("alpha", "1.0.0", "same");
      const index = harness.upstream.files.get("index.yaml");
      const body = index instanceof Uint8Array ? index : null;
      harness.upstream.files.set("index.yaml", ({ headers }) =>
        new Headers(headers).get("if-none-match") === '"1"'
          ? new Response(null, { status: 304 })
          : new Response(body, { headers: { etag: '"1"' } }),
      );
      await harness.settle();
      const both = harness.parts.config;
      harness.parts.config = { ...both, sources: both.sources.slice(1) };
      await live(harness, hour);
      harness.parts.config = both;
      await live(harness, hour);
      expect(statusOf(harness).sources.map(({ versions }) => versions.shown)).toEqual([1, 1]);
    });
  });
});

test("a chart that is taken out of `charts` is asked for no more", async () => {
  await withRegistry({ charts: ["alpha", "beta"], recheck: hour }, async (harness, registry) => {
    await registry.push("alpha", "1.0.0", "one");
    await registry.push("beta", "1.0.0", "two");
    await harness.settle();
    const sources = [registrySource({ recheck: hour })];
    harness.parts.config = { ...harness.parts.config, sources };
    await registry.push("beta", "1.0.0", "moved");
    registry.requests = [];
    await live(harness, 3 * hour);
    expect(registry.requests).toContain("HEAD alpha/manifests/1.0.0");
    expect(registry.requests.filter((request) => request.includes("beta"))).toEqual([]);
    expect(await versionsOf(harness, "beta")).toEqual(["1.0.0"]);
  });
});
