import { describe, expect, test } from "vitest";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { sha256, smallChart } from "../support/published-charts.ts";
import { RepositoryContent } from "../support/registry/content.ts";
import {
  type DebianRegistry,
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../support/registry/debian-registry.ts";
import { pushContent } from "../support/registry/plain-push.ts";
import { publishChart } from "../support/registry/publish.ts";

const installed = (await findDebianRegistry()) !== undefined;
const charts = ["api", "web"];
const versions = Array.from({ length: 30 }, (_, minor) => `1.${minor}.0`);
const total = charts.length * versions.length;

async function fill(registry: DebianRegistry): Promise<void> {
  for (const name of charts) {
    const content = new RepositoryContent();
    for (const version of versions)
      await publishChart(content, { name, version, archive: await smallChart(name, version) });
    await pushContent(registry, `team/${name}`, content);
  }
}

/** Whatever the index lists answers with the bytes that were published. */
async function expectWhole(mirror: Mirror): Promise<number> {
  const listed = await mirror.listed("team");
  for (const { name, version, urls, digest } of listed) {
    const served = await mirror.bytes(`team/${urls[0]}`);
    expect(served).toEqual(await smallChart(name, version));
    expect(sha256(served)).toBe(digest);
  }
  return listed.length;
}

describe.skipIf(installed)("an outage of the real docker-registry", () => {
  test(debianRegistryIsNeeded, (context) => context.skip(debianRegistryIsNeeded));
});

describe.skipIf(!installed)("the real docker-registry", () => {
  // What failed to be copied is tried again after half a minute: that is what this takes.
  test("goes away in the middle of a fill: nothing wrong is listed, and it goes on by itself", async () => {
    await using registry = await startDebianRegistry();
    await fill(registry);
    const source = ociSource({ url: `oci://${registry.host}/team`, charts });
    await using mirror = await startMirror({ team: { budget: { archives: 2 }, sources: [source] } });
    await mirror.waitFor("team", ({ versions: { listed } }) => listed >= 6);
    const stopping = Date.now();
    await registry.stop();

    const failing = await mirror.waitFor("team", ({ sources }) => sources[0]?.state === "failing");
    expect(failing.sources[0]).toMatchObject({
      error: { code: "unreachable" },
      outage: { code: "unreachable", until: null },
      versions: { shown: total },
    });
    const since = Date.parse(failing.sources[0]?.outage?.since ?? "");
    expect(since).toBeGreaterThanOrEqual(stopping);
    const kept = await expectWhole(mirror);
    expect(kept).toBeGreaterThanOrEqual(6);
    expect(kept).toBeLessThan(total);

    const restarting = Date.now();
    await registry.restart();
    const back = await mirror.waitFor("team", ({ sources }) => sources[0]?.state === "ok");
    const { outage } = back.sources[0] ?? {};
    expect(outage).toMatchObject({ code: "unreachable", since: new Date(since).toISOString() });
    expect(Date.parse(outage?.until ?? "")).toBeGreaterThanOrEqual(restarting);
    expect(await expectWhole(mirror)).toBeGreaterThanOrEqual(kept);

    const { sources, problems } = await mirror.waitFor("team", (now) => now.versions.listed === total, 50);
    expect(await expectWhole(mirror)).toBe(total);
    expect(problems).toEqual([]);
    expect(sources).toMatchObject([{ state: "ok", error: null, consecutiveFailures: 0, outage }]);
  }, 90_000);
});
