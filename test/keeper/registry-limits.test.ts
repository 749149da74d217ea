import { describe, expect, test } from "vitest";
import { refusal } from "../support/fake-registry.ts";
import { requireEveryArchive, statusOf } from "../support/keeper-harness.ts";
import { chartNames, hour, interval, live, pushCharts, withRegistry } from "../support/registry-harness.ts";

const tooMany = (headers: Record<string, string> = {}): Response =>
  new Response("", { status: 429, headers });

test("a registry that allows thirty requests a minute is mirrored in the end", async () => {
  const charts = chartNames(40);
  await withRegistry({ charts }, async (harness, registry) => {
    await pushCharts(registry, charts);
    let [minute, used] = [0, 0];
    registry.fault = () => {
      const now = Math.floor(harness.parts.now() / 60_000);
      used = now === minute ? used + 1 : 1;
      minute = now;
      return used > 30 ? tooMany({ "retry-after": "60" }) : undefined;
    };
    await live(harness, hour / 2);
    expect(await requireEveryArchive(harness)).toBe(40);
  });
});

describe("a registry that limits manifests alone", () => {
  test.each([
    ["does not say for how long", {}],
    ["asks for a second's pause", { "retry-after": "1" }],
  ])("is asked for lists no more often than at every check where it %s", async (_name, headers) => {
    const charts = chartNames(12);
    await withRegistry({ charts }, async (harness, registry) => {
      await pushCharts(registry, charts);
      registry.fault = (path) => (path.includes("/manifests/") ? tooMany(headers) : undefined);
      await live(harness, hour);
      const lists = registry.requests.filter((request) => request.endsWith("/tags/list"));
      expect(lists.length).toBeLessThanOrEqual(charts.length * (hour / interval + 1));
      expect(statusOf(harness).sources[0]?.state).toBe("ok");
    });
  });
});

describe("a failure of one chart does not hide that the registry limits its rate", () => {
  test.each([
    ["to all others from the first one on", 0, 15],
    ["after a while", 12, 25],
  ])("%s", async (_name, answered, most) => {
    const charts = chartNames(60);
    await withRegistry({ charts }, async (harness, registry) => {
      await pushCharts(registry, charts);
      registry.fault = (path) => {
        const chart = Number(/^chart-(\d+)/.exec(path)?.[1]);
        if (chart === 0) return refusal(500, "UNKNOWN");
        return chart > answered && chart % 2 === 0 ? tooMany({ "retry-after": "600" }) : undefined;
      };
      await harness.unit();
      expect(statusOf(harness).sources[0]?.error?.code).toBe("rate-limited");
      const asked = registry.requests.length;
      expect(asked).toBeLessThan(most);
      await live(harness, 590);
      expect(registry.requests.length).toBe(asked);
    });
  });
});

test("a referrers API that limits its rate is left alone, and costs no version", async () => {
  await withRegistry({}, async (harness, registry) => {
    for (let minor = 0; minor < 60; minor += 1) await registry.push("alpha", `1.${minor}.0`, `${minor}`);
    registry.fault = (path) => (path.includes("/referrers/") ? tooMany({ "retry-after": "600" }) : undefined);
    await harness.settle();
    expect(registry.requests.filter((request) => request.includes("/referrers/")).length).toBeLessThan(12);
    expect(await requireEveryArchive(harness)).toBe(60);
  });
});
