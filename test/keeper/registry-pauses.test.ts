import { describe, expect, test } from "vitest";
import { refusal } from "../support/fake-registry.ts";
import { publishUpstream } from "../support/keeper-harness.ts";
import {
  chartNames,
  hour,
  live,
  publishVersion,
  pushCharts,
  registrySource,
  repositorySource,
  versionsOf,
  withRegistry,
  withSources,
} from "../support/registry-harness.ts";

const tooMany = (seconds: number): Response =>
  new Response("", { status: 429, headers: { "retry-after": String(seconds) } });
const down = (): Response => refusal(500, "UNKNOWN");

describe("a pause that was asked for", () => {
  test("outlives the requests that were under way when it began", async () => {
    await withRegistry({}, async (harness, registry) => {
      for (let minor = 0; minor < 60; minor += 1) await registry.push("alpha", `1.${minor}.0`, `${minor}`);
      let asked = 0;
      registry.fault = (path) => {
        if (!path.includes("/manifests/")) return undefined;
        asked += 1;
        return asked % 4 === 0 ? tooMany(600) : undefined;
      };
      await harness.unit();
      const before = asked;
      await live(harness, 590);
      expect(asked).toBe(before);
    });
  });

  test("is not ended by a list of tags that fails and is back", async () => {
    await withRegistry({}, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      let asked = 0;
      const limited = (path: string): Response | undefined => {
        if (!path.includes("/manifests/")) return undefined;
        asked += 1;
        return tooMany(3600);
      };
      registry.fault = limited;
      await live(harness, 590);
      const before = asked;
      registry.fault = down;
      await live(harness, 20);
      registry.fault = limited;
      await live(harness, 100);
      expect(asked).toBe(before);
    });
  });

  test("is not ended by another source that fails and is back", async () => {
    await withSources([repositorySource, registrySource()], async (harness, registry) => {
      await publishUpstream(harness, 1, "beta");
      await registry.push("alpha", "1.0.0", "one");
      let asked = 0;
      harness.upstream.files.set("beta-1.0.0.tgz", () => {
        asked += 1;
        return tooMany(3600);
      });
      await live(harness, 590);
      const before = asked;
      registry.fault = down;
      await live(harness, 20);
      registry.fault = undefined;
      await live(harness, 100);
      expect(asked).toBe(before);
    });
  });
});

test("a source that comes and goes does not make another one's broken archive be asked for again and again", async () => {
  await withSources([repositorySource, registrySource()], async (harness, registry) => {
    await publishVersion(harness, "beta", "b");
    await registry.push("alpha", "1.0.0", "one");
    let asked = 0;
    harness.upstream.files.set("beta-1.0.0.tgz", () => {
      asked += 1;
      return new Response("", { status: 500 });
    });
    let lists = 0;
    registry.fault = (path) => {
      if (path.includes("/tags/")) lists += 1;
      return path.includes("/tags/") && lists % 2 === 0 ? down() : undefined;
    };
    for (let hours = 0; hours < 6; hours += 1) await live(harness, hour);
    expect(lists).toBeGreaterThan(20);
    expect(asked).toBeLessThan(12);
  });
});

describe("charts of a registry that was down", () => {
  // Six failures in a row are one short of nothing left to ask, or two.
  test.each([6, 8, 12])("are listed as soon as it is back: %i of them", async (count) => {
    const charts = chartNames(count);
    await withRegistry({ charts }, async (harness, registry) => {
      await pushCharts(registry, charts);
      registry.fault = down;
      await live(harness, 10);
      registry.fault = undefined;
      await live(harness, 60);
      for (const chart of charts) expect(await versionsOf(harness, chart), chart).toEqual(["1.0.0"]);
    });
  });

  test("are asked for again soon where it went down in the middle of them", async () => {
    const charts = chartNames(30);
    await withRegistry({ charts }, async (harness, registry) => {
      await pushCharts(registry, charts);
      let lists = 0;
      registry.fault = (path) => {
        if (path.includes("/tags/")) lists += 1;
        return path.includes("/tags/") && lists > 10 ? down() : undefined;
      };
      await harness.unit();
      registry.fault = undefined;
      await live(harness, 180);
      for (const chart of charts) expect(await versionsOf(harness, chart), chart).toEqual(["1.0.0"]);
    });
  });
});

test("signatures that share a blob do not write it twice: R2 takes one write a second of one key", async () => {
  await withRegistry({}, async (harness, registry) => {
    const config = await registry.put("application/vnd.oci.empty.v1+json", `{"of": "${harness.repository}"}`);
    for (let minor = 0; minor < 20; minor += 1) {
      const { manifest } = await registry.push("alpha", `1.${minor}.0`, `signed ${minor}`);
      const layer = await registry.put("text/plain", `signature ${minor}`);
      await registry.putManifest("alpha", `sha256-${manifest}.sig`, {
        schemaVersion: 2,
        config,
        layers: [layer],
      });
    }
    await live(harness, hour);
    const asked = registry.requests.filter((request) => request.endsWith(config.digest));
    expect(asked).toHaveLength(1);
    expect(await versionsOf(harness, "alpha")).toHaveLength(20);
  });
});
