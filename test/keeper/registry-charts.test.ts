import { describe, expect, test } from "vitest";
import { refusal } from "../support/fake-registry.ts";
import { requireEveryArchive, statusOf } from "../support/keeper-harness.ts";
import { withRegistry } from "../support/registry-harness.ts";

describe("which charts", () => {
  test("one that the registry does not have, or does not show, is no failure", async () => {
    await withRegistry({ charts: ["alpha", "beta", "gamma"] }, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      registry.fault = (path) => (path.startsWith("gamma/") ? refusal(403, "DENIED") : undefined);
      await harness.settle();
      expect(statusOf(harness).sources[0]).toMatchObject({
        state: "ok",
        registry: { charts: 1, absent: ["beta"], absentCount: 1, denied: ["gamma"], deniedCount: 1 },
      });
    });
  });

  test("a registry that denies all of them fails", async () => {
    await withRegistry({}, async (harness, registry) => {
      registry.fault = () => refusal(403, "DENIED");
      await harness.unit();
      expect(statusOf(harness).sources[0]).toMatchObject({ state: "failing", error: { code: "refused" } });
    });
  });

  test("come from the registry's catalogue", async () => {
    await withRegistry({ charts: "catalog" }, async (harness, registry) => {
      await registry.push("alpha", "1.0.0", "one");
      await registry.push("beta", "1.0.0", "two");
      const repositories = ["charts/alpha", "charts/beta", "images/gamma"];
      const catalog = "https://registry.example.com/v2/_catalog";
      registry.fault = (path) => (path.startsWith(catalog) ? Response.json({ repositories }) : undefined);
      await harness.settle();
      expect(Object.keys((await harness.index()).entries)).toEqual(["alpha", "beta"]);
    });
  });

  test("have to be named where the registry shows no catalogue, and it says so", async () => {
    await withRegistry({ charts: "catalog" }, async (harness) => {
      await harness.unit();
      expect(statusOf(harness).sources[0]?.error?.message).toMatch(/name the charts under `charts` instead/);
    });
  });
});

describe("failures that pass", () => {
  test("a tag without a manifest is tried again, and costs no other", async () => {
    await withRegistry({}, async (harness, registry) => {
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
    await withRegistry({}, async (harness, registry) => {
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
    await withRegistry({ charts: ["alpha", "beta"] }, async (harness, registry) => {
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
    });
  });
});

test("many charts are asked for in as many units as the budget needs, and then at rest", async () => {
  const charts = Array.from({ length: 40 }, (_, at) => `chart-${at}`);
  await withRegistry({ charts }, async (harness, registry) => {
    for (const chart of charts) await registry.push(chart, "1.0.0", chart);
    harness.parts.budget = { entries: 10, archives: 5, subrequests: 12 };
    for (let unit = 0; unit < 60; unit += 1) await harness.unit();
    await harness.settle();
    expect(await requireEveryArchive(harness)).toBe(40);
    expect(statusOf(harness).sources[0]).toMatchObject({ state: "ok", registry: { charts: 40 } });
  });
});
