import { describe, expect, test } from "vitest";
import type { Budget } from "../../src/config/config.ts";
import { planBudgets } from "../../src/config/plans.ts";
import { FakeRegistry, refusal } from "../support/fake-registry.ts";
import { type Harness, indexOf } from "../support/keeper-harness.ts";
import { registryLines } from "../support/published-documents.ts";
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

const otherRepository = { ...repositorySource, url: "https://other.example.com/charts" };

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

  test("though the index of what it is asked for failed at first", async () => {
    await withSources([registrySource({ charts: "listed" }), repositorySource], async (harness, registry) => {
      const preferred = await publishBoth(harness, registry, 1);
      const { files } = harness.upstream;
      const index = files.get("index.yaml") ?? new Uint8Array();
      files.set("index.yaml", () => new Response("", { status: 503 }));
      await live(harness, 10);
      files.set("index.yaml", index);
      await live(harness, hour);
      expect(await digestsOf(harness, "alpha")).toEqual(preferred);
    });
  });

  test("though it is asked for what two list, of which one takes several units", async () => {
    await withSources(
      [registrySource({ charts: "listed" }), repositorySource, otherRepository],
      async (harness, registry) => {
        await publishVersion(harness, "alpha", "alpha");
        const charts = chartNames(15);
        const listed: { chart: string; version: string; digest: string }[] = [];
        for (const chart of charts) {
          const digest = await harness.upstream.archive(`${otherRepository.url}/${chart}-1.0.0.tgz`, chart);
          listed.push({ chart, version: "1.0.0", digest });
        }
        harness.upstream.put(`${otherRepository.url}/index.yaml`, indexOf(listed));
        await pushCharts(registry, charts);
        const { archive } = await registry.push("chart-3", "1.0.0", "other bytes");
        await live(harness, hour);
        expect(await digestsOf(harness, "chart-3")).toEqual([archive]);
      },
      { entries: 10, archives: 100, subrequests: 1000 },
    );
  });

  test.each(["/manifests/", "/blobs/"])("though it fails once, at %s", async (place) => {
    await withSources([registrySource(), repositorySource], async (harness, registry) => {
      const preferred = await publishBoth(harness, registry, 1);
      const faults = [refusal(500, "UNKNOWN")];
      const isHit = (path: string): boolean =>
        path.includes(place) && (place === "/manifests/" || path.includes(preferred[0] ?? "-"));
      registry.fault = (path) => (isHit(path) ? faults.pop() : undefined);
      await live(harness, hour);
      expect(faults).toEqual([]);
      expect(await digestsOf(harness, "alpha")).toEqual(preferred);
    });
  });

  test("though what another one shows came with a source that is configured no more", async () => {
    await withSources([repositorySource, otherRepository], async (harness, registry) => {
      const file = "alpha-1.0.0.tgz";
      await publishVersion(harness, "alpha", "repository");
      const { files } = harness.upstream;
      const [index, archive] = [files.get("index.yaml"), files.get(file)];
      if (index === undefined || archive === undefined) throw new Error("nothing was published");
      files.set(`${otherRepository.url}/index.yaml`, index);
      for (const path of [file, `${otherRepository.url}/${file}`]) {
        files.set(path, () => new Response("", { status: 503 }));
      }
      await live(harness, 10);
      files.set(`${otherRepository.url}/${file}`, archive);
      const preferred = await registry.push("alpha", "1.0.0", "registry");
      harness.parts.config = { ...harness.parts.config, sources: [registrySource(), otherRepository] };
      harness.wait(60);
      await live(harness, hour);
      expect(await digestsOf(harness, "alpha")).toEqual([preferred.archive]);
    });
  });
});

describe("of an archive that two registries have with a manifest each, the preferred one's is told", () => {
  const preferredUrl = "oci://preferred.example.com/charts";

  async function originals(
    order: "preferred first" | "preferred last",
    budget: Budget,
  ): Promise<{ told: string[]; preferred: string[] }> {
    const told: string[] = [];
    const preferred: string[] = [];
    const sources = [registrySource({ url: preferredUrl }), registrySource()];
    const run = async (harness: Harness, second: FakeRegistry): Promise<void> => {
      const first = new FakeRegistry();
      const { fetch } = harness.parts;
      harness.parts.fetch = (url, init) =>
        url.includes("//preferred.")
          ? first.fetch(url.replace("//preferred.", "//registry."), init)
          : fetch(url, init);
      for (const version of ["3.0.0", "2.0.0", "1.0.0"]) {
        const { manifest } = await first.push("alpha", version, version, { created: "2025-01-01T00:00:00Z" });
        await second.push("alpha", version, version);
        preferred.push(manifest);
      }
      let isDown = order === "preferred last";
      first.fault = (path) => {
        if (!isDown || !path.includes("/manifests/")) return undefined;
        isDown = false;
        return refusal(500, "UNKNOWN");
      };
      await live(harness, hour);
      const lines = await registryLines(harness, "alpha");
      told.push(...lines.map((line) => (line.kind === "version" ? (line.original ?? "") : "")));
    };
    await withSources(sources, run, budget);
    return { told, preferred };
  }

  test.each([
    ["preferred first", planBudgets.free],
    ["preferred first", planBudgets.paid],
    ["preferred last", planBudgets.paid],
  ] as const)("%s, on a budget of %o", async (order, budget) => {
    const { told, preferred } = await originals(order, budget);
    expect(told).toEqual(preferred);
  });
});
