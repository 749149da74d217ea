import { describe, expect, test } from "vitest";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import type { FakeRegistry } from "../support/fake-registry.ts";
import { type Harness, statusOf } from "../support/keeper-harness.ts";
import { interval, live, versionsOf, withRegistry } from "../support/registry-harness.ts";

const day = 86_400;

async function underPolicies(
  policies: Partial<Policies>,
  work: (harness: Harness, registry: FakeRegistry) => Promise<void>,
): Promise<void> {
  await withRegistry({ charts: ["alpha", "beta"] }, async (harness, registry) => {
    setPolicies(harness, policies);
    await work(harness, registry);
  });
}

function setPolicies({ parts }: Harness, policies: Partial<Policies>): void {
  parts.config = { ...parts.config, policies: { ...defaultPolicies, ...policies } };
}

async function push(registry: FakeRegistry, versions: string[]): Promise<void> {
  for (const version of versions)
    await registry.push("alpha", version, version, { created: "2020-01-01T00:00:00Z" });
  await registry.push("beta", "1.0.0", "beta", { created: "2020-01-01T00:00:00Z" });
}

async function later(harness: Harness, seconds: number): Promise<void> {
  harness.wait(seconds);
  await live(harness, interval);
}

/** Manifests that were asked for by tag. */
const read = ({ requests }: FakeRegistry): string[] =>
  requests
    .filter((request) => /^GET .*\/manifests\/[^:]*$/.test(request))
    .map((request) => request.replace(/^GET (.*)\/manifests\//, "$1 "));

describe("of a registry", () => {
  test("what is left out is neither listed nor read, and is read when it is let in", async () => {
    const exclude = [{ chart: "beta" }, { chart: "alpha", versions: "<2" }];
    await underPolicies({ exclude }, async (harness, registry) => {
      await push(registry, ["2.0.0", "1.0.0"]);
      await live(harness, 60);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0"]);
      expect(read(registry)).toEqual(["alpha 2.0.0"]);
      expect(registry.requests.filter((request) => request.includes("beta"))).toEqual([]);
      expect(statusOf(harness).versions).toMatchObject({ pending: 0, skipped: 1 });
      setPolicies(harness, {});
      await live(harness, interval);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0", "1.0.0"]);
      expect(await versionsOf(harness, "beta")).toEqual(["1.0.0"]);
      setPolicies(harness, { exclude });
      await live(harness, interval);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0"]);
      expect((await harness.index()).entries["beta"]).toBeUndefined();
      expect(statusOf(harness).sources[0]?.state).toBe("ok");
    });
  });

  test("as many tags are read as `keepNewest` says, and the next one where one is no chart or waits", async () => {
    await underPolicies({ keepNewest: 2, minimumAge: day }, async (harness, registry) => {
      await push(registry, ["3.0.0", "2.0.0", "1.0.0"]);
      await registry.push("alpha", "4.0.0", "4.0.0", { metadata: { version: "4.4.4" } });
      await registry.push("alpha", "5.0.0", "5.0.0");
      await live(harness, 60);
      expect(read(registry)).toEqual(["alpha 5.0.0", "beta 1.0.0", "alpha 4.0.0"]);
      await live(harness, 2 * interval);
      expect(await versionsOf(harness, "alpha")).toEqual(["3.0.0", "2.0.0"]);
      expect(read(registry)).not.toContain("alpha 1.0.0");
      await later(harness, day);
      expect(await versionsOf(harness, "alpha")).toEqual(["5.0.0", "3.0.0"]);
      expect(statusOf(harness).versions).toMatchObject({ pending: 0, skipped: 2 });
    });
  });

  test("signatures of what is not mirrored are left there", async () => {
    await underPolicies({ exclude: [{ chart: "*", versions: "<2" }] }, async (harness, registry) => {
      for (const version of ["1.0.0", "2.0.0"]) {
        const { manifest } = await registry.push("alpha", version, version);
        await registry.push("alpha", version, "a signature", { tag: `sha256-${manifest}.sig` });
      }
      await live(harness, 2 * interval);
      expect(read(registry).filter((name) => name.endsWith(".sig"))).toHaveLength(1);
    });
  });

  test("a new tag, and one that moves, waits, whatever date its manifest bears", async () => {
    await underPolicies({ minimumAge: 7 * day, change: "follow" }, async (harness, registry) => {
      await push(registry, ["1.0.0"]);
      await live(harness, 60);
      const before = await harness.indexText();
      await registry.push("alpha", "1.0.0", "other bytes", { created: "2020-01-01T00:00:00Z" });
      await registry.push("alpha", "2.0.0", "a new version", { created: "2020-01-01T00:00:00Z" });
      await later(harness, 3 * day);
      expect(await harness.indexText()).toBe(before);
      expect(statusOf(harness).waiting.count).toBe(2);
      await later(harness, 7 * day);
      expect(await harness.indexText()).not.toBe(before);
    });
  });

  test("`removal: hide` follows tags that are gone, after the grace, and not while they are still to be read", async () => {
    await underPolicies({ removal: "hide" }, async (harness, registry) => {
      await push(registry, ["2.0.0", "1.0.0"]);
      await live(harness, 60);
      const tag = registry.tags.get("alpha:1.0.0") ?? "";
      registry.tags.delete("alpha:1.0.0");
      await live(harness, interval);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0", "1.0.0"]);
      await later(harness, day);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0"]);
      registry.tags.set("alpha:1.0.0", tag);
      registry.fault = (path) =>
        path.includes("/manifests/") ? new Response("", { status: 500 }) : undefined;
      await live(harness, interval);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0", "1.0.0"]);
      await later(harness, 3 * day);
      expect(await versionsOf(harness, "alpha")).toEqual(["2.0.0", "1.0.0"]);
    });
  });
});
