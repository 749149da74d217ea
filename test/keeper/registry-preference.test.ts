import { describe, expect, test } from "vitest";
import { planBudgets } from "../../src/config/plans.ts";
import type { FakeRegistry } from "../support/fake-registry.ts";
import { type Harness, indexOf } from "../support/keeper-harness.ts";
import {
  chartNames,
  hour,
  listedOf,
  live,
  publishVersion,
  pushCharts,
  registrySource,
  repositorySource,
  withSources,
} from "../support/registry-harness.ts";

const digestsOf = async (harness: Harness, chart: string): Promise<string[]> =>
  (await listedOf(harness, chart)).map(({ digest }) => digest);

/** Versions of alpha that both have, with different bytes. @returns the registry's digests, newest first */
async function publishBoth(harness: Harness, registry: FakeRegistry, count: number): Promise<string[]> {
  const digests: string[] = [];
  const others: { chart: string; version: string; digest: string }[] = [];
  for (let minor = count - 1; minor >= 0; minor -= 1) {
    const version = `1.${minor}.0`;
    digests.push((await registry.push("alpha", version, `registry ${minor}`)).archive);
    const digest = await harness.upstream.archive(`alpha-${version}.tgz`, `repository ${minor}`);
    others.push({ chart: "alpha", version, digest });
  }
  harness.upstream.put("index.yaml", indexOf(others));
  return digests;
}

describe("of versions that a registry and a repository have with different bytes, the preferred registry's are listed", () => {
  test.each(["free", "paid"] as const)("on the budget of a %s plan", async (plan) => {
    await withSources(
      [registrySource(), repositorySource],
      async (harness, registry) => {
        const preferred = await publishBoth(harness, registry, 40);
        await live(harness, hour);
        expect(await digestsOf(harness, "alpha")).toEqual(preferred);
      },
      planBudgets[plan],
    );
  });

  test("though it is too slow to list its charts in one unit", async () => {
    const charts = [...chartNames(30), "zeta"];
    await withSources([registrySource({ charts }), repositorySource], async (harness, registry) => {
      await pushCharts(registry, charts);
      const { archive } = await registry.push("zeta", "1.0.0", "registry");
      await publishVersion(harness, "zeta", "repository");
      registry.fault = (path) => {
        if (path.includes("/tags/")) harness.wait(20);
        return undefined;
      };
      await live(harness, hour);
      expect(await digestsOf(harness, "zeta")).toEqual([archive]);
    });
  });

  test.each([
    ["", 1000],
    [", in an index that takes several units", 10],
  ])("though it is asked for what the other one lists%s", async (_name, entries) => {
    await withSources(
      [registrySource({ charts: "listed" }), repositorySource],
      async (harness, registry) => {
        const preferred = await publishBoth(harness, registry, 25);
        await live(harness, hour);
        expect(await digestsOf(harness, "alpha")).toEqual(preferred);
      },
      { entries, archives: 100, subrequests: 1000 },
    );
  });
});
