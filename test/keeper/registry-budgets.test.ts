import { describe, expect, test } from "vitest";
import { planBudgets } from "../../src/config/plans.ts";
import { requireEveryArchive, statusOf } from "../support/keeper-harness.ts";
import {
  chartNames,
  hour,
  interval,
  listPage,
  live,
  publishVersion,
  pushCharts,
  pushImages,
  registrySource,
  repositorySource,
  versionsOf,
  withRegistry,
  withSources,
} from "../support/registry-harness.ts";

const { free } = planBudgets;

test("charts whose lists together take more requests than a unit has are listed all the same", async () => {
  const charts = ["a", "b", "c", "d", "e", "f"];
  await withRegistry(
    { charts },
    async (harness, registry) => {
      await pushCharts(registry, charts);
      registry.fault = (path) =>
        /^[a-f]\/tags\//.test(path)
          ? listPage(path, 9, (page) => ({ tags: [page === 0 ? "1.0.0" : `junk${page}`] }))
          : undefined;
      await live(harness, 2 * hour);
      expect(await requireEveryArchive(harness)).toBe(6);
      expect(statusOf(harness).sources[0]).toMatchObject({ state: "ok", registry: { failedCount: 0 } });
    },
    free,
  );
});

test("tags are looked at again where listing them takes all of a unit's requests", async () => {
  const charts = chartNames(free.subrequests);
  await withRegistry(
    { charts, recheck: hour },
    async (harness, registry) => {
      await pushCharts(registry, charts);
      await live(harness, hour / 2);
      registry.requests = [];
      await live(harness, hour + interval);
      const looked = new Set(registry.requests.filter((request) => request.startsWith("HEAD ")));
      expect(looked.size).toBe(charts.length);
    },
    free,
  );
});

test("listing the tags of a slow registry goes on in the next unit: none takes longer than the platform allows", async () => {
  const charts = chartNames(60);
  await withRegistry({ charts }, async (harness, registry) => {
    await pushCharts(registry, charts);
    registry.fault = () => {
      harness.wait(100 / 6); // six at a time take 100 s each
      return undefined;
    };
    const begun = harness.parts.now();
    await harness.unit();
    expect((harness.parts.now() - begun) / 1000).toBeLessThan(300);
    await live(harness, hour / 2);
    expect(await requireEveryArchive(harness)).toBe(60);
  });
});

describe("images for many platforms among the charts", () => {
  test.each([free.subrequests, 20])("are passed over on a budget of %i", async (subrequests) => {
    await withRegistry(
      { charts: ["alpha", "image"] },
      async (harness, registry) => {
        await registry.push("alpha", "1.0.0", "one");
        await pushImages(registry, "image", 20);
        await live(harness, interval / 2);
        expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
        const codes = statusOf(harness).problems.map(({ code }) => code);
        expect(codes).toEqual(Array.from({ length: 20 }, () => "not-a-chart"));
      },
      { ...free, subrequests },
    );
  });

  test.each([free.subrequests, 20])(
    "keep no unit busy beside a repository whose small file fails, on a budget of %i",
    async (subrequests) => {
      const files = ["artifacthub-repo.yml"];
      await withSources(
        [{ ...repositorySource, files }, registrySource({ charts: ["image"] })],
        async (harness, registry) => {
          await publishVersion(harness, "beta", "one");
          harness.upstream.files.set("artifacthub-repo.yml", () => new Response("", { status: 503 }));
          await pushImages(registry, "image", 10);
          expect(await live(harness, interval)).toBeLessThan(15);
          expect(await versionsOf(harness, "beta")).toEqual(["1.0.0"]);
          expect(statusOf(harness).versions.dropped).toBe(10);
        },
        { ...free, subrequests },
      );
    },
  );
});
