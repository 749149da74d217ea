import { describe, expect, test } from "vitest";
import { planBudgets } from "../../src/config/plans.ts";
import { refusal } from "../support/fake-registry.ts";
import { statusOf } from "../support/keeper-harness.ts";
import {
  catalogUrl,
  hour,
  interval,
  listPage,
  live,
  publishVersion,
  registrySource,
  repositorySource,
  versionsOf,
  withRegistry,
  withSources,
} from "../support/registry-harness.ts";

describe("a chart whose list of tags", () => {
  test("fails for hours costs no other chart anything, not even its new versions", async () => {
    await withRegistry({ charts: ["alpha", "beta"] }, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      await registry.push("beta", "1.0.0", "two");
      registry.fault = (path) => (path.startsWith("alpha/tags") ? refusal(500, "UNKNOWN") : undefined);
      await live(harness, 2 * hour);
      await registry.push("beta", "2.0.0", "three");
      await live(harness, interval);
      expect(await versionsOf(harness, "beta")).toEqual(["2.0.0", "1.0.0"]);
      expect(await versionsOf(harness, "alpha")).toEqual([]);
    });
  });

  test("has no end costs that chart, which is told by name", async () => {
    await withRegistry(
      { charts: ["alpha", "beta"] },
      async (harness, registry) => {
        await registry.push("beta", "1.0.0", "two");
        registry.fault = (path) =>
          path.startsWith("alpha/tags")
            ? listPage(path, Infinity, (page) => ({ tags: [`1.${page}.0`] }))
            : undefined;
        await live(harness, hour / 2);
        expect(await versionsOf(harness, "beta")).toEqual(["1.0.0"]);
        const failed = [expect.objectContaining({ chart: "alpha", code: "out-of-budget" })];
        expect(statusOf(harness).sources[0]).toMatchObject({ state: "ok", registry: { charts: 1, failed } });
      },
      planBudgets.free,
    );
  });

  test("has no end, and is the only one, is told, and asked for again at the ordinary pace", async () => {
    await withRegistry(
      { charts: ["alpha"] },
      async (harness, registry) => {
        registry.fault = (path) => listPage(path, Infinity, (page) => ({ tags: [`1.${page}.0`] }));
        await live(harness, hour / 2);
        const error = expect.objectContaining({ code: "out-of-budget" });
        expect(statusOf(harness).sources[0]).toMatchObject({ state: "failing", error });
        const asked = registry.requests.length;
        await live(harness, 5);
        expect(registry.requests.length).toBe(asked);
      },
      planBudgets.free,
    );
  });

  test("is denied does not keep the other charts' tags from being looked at again", async () => {
    await withRegistry({ charts: ["alpha", "beta"], recheck: hour }, async (harness, registry) => {
      for (let minor = 0; minor < 8; minor += 1) {
        await registry.push("alpha", `1.${minor}.0`, `alpha ${minor}`);
        await registry.push("beta", `1.${minor}.0`, `beta ${minor}`);
      }
      await harness.settle();
      registry.fault = (path) => (path.startsWith("alpha/") ? refusal(403, "DENIED") : undefined);
      const moved = await registry.push("beta", "1.3.0", "changed");
      await live(harness, 2 * hour);
      expect(statusOf(harness).problems.map(({ other }) => other?.digest)).toEqual([moved.archive]);
    });
  });
});

test("a catalogue that is too long for a unit is told, and asked for again at the ordinary pace", async () => {
  await withSources(
    [repositorySource, registrySource({ charts: "catalog" })],
    async (harness, registry) => {
      registry.fault = (path) =>
        path.startsWith(catalogUrl)
          ? listPage(path, 60, (page) => ({ repositories: [`other/x${page}`] }))
          : undefined;
      await publishVersion(harness, "beta", "one");
      expect(await live(harness, interval)).toBeLessThan(10);
      expect(await versionsOf(harness, "beta")).toEqual(["1.0.0"]);
      expect(statusOf(harness).sources.map(({ error }) => error?.code)).toEqual([undefined, "out-of-budget"]);
    },
    planBudgets.free,
  );
});

test("how far a round has come takes little of the ledger, however many and long the names of a catalogue", async () => {
  await withSources(
    [repositorySource, registrySource({ charts: "catalog" })],
    async (harness, registry) => {
      const repositories = Array.from({ length: 3000 }, (_, at) => `charts/${"x".repeat(235)}-${at}`);
      registry.fault = (path) => (path.startsWith(catalogUrl) ? Response.json({ repositories }) : undefined);
      await publishVersion(harness, "beta", "one");
      await harness.unit();
      await harness.unit();
      const { sources } = harness.ledger;
      const { round } = sources.open(registrySource({ charts: "catalog" }), harness.parts.config.limits).row;
      expect(round).toContain('"absentCount":5');
      expect(round?.length).toBeLessThan(20_000); // the platform refuses rows beyond 2 MB
      registry.fault = (path) => (path.startsWith(catalogUrl) ? refusal(403, "DENIED") : undefined);
      await live(harness, interval);
      expect(await versionsOf(harness, "beta")).toEqual(["1.0.0"]);
    },
    { entries: 1000, archives: 100, subrequests: 300 },
  );
});

describe("a chart's config", () => {
  const helmConfig = "application/vnd.cncf.helm.config.v1+json";
  const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

  test.each([
    ["is no object and deeper than any stack", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    [
      "hides its depth in an annotation",
      `{"name":"alpha","version":"2.0.0","annotations":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`,
    ],
  ])("that %s costs that version", async (_name, text) => {
    await withRegistry({}, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      const config = await registry.put(helmConfig, text);
      const archive = await registry.put(chartLayer, "two");
      await registry.putManifest("alpha", "2.0.0", { schemaVersion: 2, config, layers: [archive] });
      await harness.settle();
      expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
      expect(statusOf(harness).problems).toEqual([expect.objectContaining({ code: "bad-entry" })]);
    });
  });

  test("is listed as it is where its keys mean something to JavaScript", async () => {
    await withRegistry({}, async (harness, registry) => {
      const annotations = '{"__proto__":"x","constructor":"y"}';
      const metadata: object = JSON.parse(`{"__proto__":{"a":1},"annotations":${annotations}}`);
      await registry.push("alpha", "1.0.0", "one", { metadata });
      await harness.settle();
      expect(await harness.indexText()).toContain(`"annotations":${annotations}`);
    });
  });
});
