import { readFile, readdir, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Incident, charts, repackaged, startIncident, versions } from "../support/incident.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { httpSource, ociSource } from "../support/mirrored-repository.ts";
import { sha256 } from "../support/published-charts.ts";

const name = "prometheus-community";
const interval = 1;
const [helm] = await availableHelms();
/** A release that is made on the day after. */
const later = "2.1.0";

/** May 2025, in order: each test begins where the one before it has ended. */
describe("the day of the deleted gh-pages branch", () => {
  let incident: Incident;
  let mirror: Mirror;
  let before: string;

  beforeAll(async () => {
    incident = await startIncident();
    const sources = [httpSource({ url: incident.pagesUrl }), ociSource({ url: incident.registryUrl })];
    mirror = await startMirror({ [name]: { interval, sources } });
    await mirror.sync(name);
    before = await mirror.indexText(name);
  });
  afterAll(async () => {
    await mirror.stop();
    await incident[Symbol.asyncDispose]();
  });

  const digestsListed = async (): Promise<Map<string, string>> =>
    new Map((await mirror.listed(name)).map((one) => [`${one.name}-${one.version}`, one.digest]));

  test("all is well: every version is there, once, and both sources have it", async () => {
    expect(await digestsListed()).toEqual(incident.digests);
    const { sources, versions: counts, problems } = await mirror.status(name);
    expect(problems).toEqual([]);
    expect(counts).toMatchObject({ listed: 6, stored: 6 });
    expect(
      sources.map(({ kind, state, versions: contributed }) => ({ kind, state, ...contributed })),
    ).toEqual([
      { kind: "http", state: "ok", shown: 6, listed: 6, only: 0 },
      { kind: "oci", state: "ok", shown: 6, listed: 6, only: 0 },
    ]);
  });

  test("the branch is deleted, and no reader sees a difference", async () => {
    incident.deleteBranch();
    const { sources } = await mirror.waitFor(name, ({ sources: [pages] }) => pages?.state === "failing");
    expect(sources).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: "not-found" }) }),
      expect.objectContaining({ state: "ok", error: null }),
    ]);
    expect(await mirror.indexText(name)).toBe(before);
  });

  test.skipIf(helm === undefined)("helm goes on through the mirror, and fails without it", async () => {
    if (helm === undefined) return;
    await using home = await helmHome(helm);
    expect((await home.run("repo", "add", "direct", incident.pagesUrl)).stderr).toMatch(/index\.yaml.*404/s);
    await home.succeed("repo", "add", "mirrored", mirror.urlOf(name));
    expect(await home.succeed("repo", "update")).toContain("Update Complete");
    const install = ["install", "release", "mirrored/prometheus", "--dry-run=client"];
    // Helm 3 asks a cluster even then.
    const installs = helm.name.startsWith("helm v3") ? [] : [install];
    for (const args of [["template", ...install.slice(1, 3)], ...installs]) {
      expect(await home.succeed(...args)).toContain("hello from prometheus 2.0.0");
    }
    for (const version of [versions[0], versions[2]]) await expectPull(home, "prometheus", version);
  });

  test.runIf(helm === undefined)(helmIsNeeded, (context) => context.skip(helmIsNeeded));

  test("a version that is pushed to the registry alone is in the index within an interval; no request is refused meanwhile", async () => {
    let served = 0;
    const refused: number[] = [];
    const push = { isServed: false };
    const reading = async (path: string): Promise<void> => {
      while (!push.isServed || served < 1000) {
        const response = await mirror.fetch(`${name}/${path}`);
        await response.arrayBuffer();
        served += 1;
        if (response.status !== 200) refused.push(response.status);
      }
    };
    const [{ urls }] = [(await mirror.listed(name))[0] ?? { urls: [""] }];
    const readers = ["index.yaml", urls[0], "index.yaml", `prometheus-${versions[0]}.tgz`].map(reading);
    const pushed = Date.now();
    await incident.pushToRegistry("prometheus", later);
    while (!(await mirror.indexText(name)).includes(`"version":"${later}"`)) await delay(20);
    const seconds = (Date.now() - pushed) / 1000;
    push.isServed = true;
    await Promise.all(readers);
    expect(refused).toEqual([]);
    expect(served).toBeGreaterThanOrEqual(1000);
    // One interval, and what a busy machine takes for the work itself.
    expect(seconds).toBeLessThan(interval + 4);
    expect(await digestsListed()).toEqual(incident.digests);
  });

  test("the branch comes back shrunken, with new dates and other bytes: nothing is lost, nothing changes", async () => {
    const pinned = await mirror.indexText(name);
    await incident.restoreBranch();
    const {
      sources,
      problems,
      versions: counts,
    } = await mirror.waitFor(
      name,
      ({ sources: [pages], versions: { stored } }) => pages?.state === "ok" && stored === 9,
    );
    expect(await mirror.indexText(name)).toBe(pinned);
    expect(counts).toMatchObject({ listed: 7, pending: 0, failed: 0, dropped: 0 });
    expect(problems).toHaveLength(charts.length);
    for (const chart of charts) {
      const first = incident.digests.get(`${chart}-${repackaged}`) ?? "";
      const problem = problems.find((one) => one.chart === chart);
      expect(problem).toMatchObject({
        version: repackaged,
        code: "conflict",
        listed: { digest: first, sources: [incident.registryUrl] },
        other: { sources: [incident.pagesUrl] },
      });
      const { digest = "" } = problem?.other ?? {};
      const other = await mirror.bytes(`${name}/charts/${digest}/${chart}-${repackaged}.tgz`);
      expect(sha256(other)).toBe(digest);
    }
    expect(sources[0]?.outage).toMatchObject({ code: "not-found", until: expect.any(String) });
    expect(sources.map(({ versions: { only } }) => only)).toEqual([0, 5]);
  });

  test("the registry goes down for a while, Pages carries on; then both are well, and the state says since when", async () => {
    const pinned = await mirror.indexText(name);
    const began = Date.now();
    await incident.registry.close();
    const during = await mirror.waitFor(name, ({ sources: [, registry] }) => registry?.state === "failing");
    expect(during.sources[0]).toMatchObject({ state: "ok" });
    expect(during.sources[1]?.outage).toMatchObject({ code: "unreachable", until: null });
    await incident.publishOnPages("alertmanager", "3.0.0");
    await mirror.waitFor(name, ({ versions: { listed } }) => listed === 8);
    await incident.registry.listen();
    const after = await mirror.waitFor(name, ({ sources }) => sources.every(({ state }) => state === "ok"));
    const { since = "", until = "" } = after.sources[1]?.outage ?? {};
    expect(Date.parse(since)).toBeGreaterThanOrEqual(began);
    expect(Date.parse(until ?? "")).toBeGreaterThan(Date.parse(since));
    for (const line of pinned.split("\n").filter((text) => text.includes('"digest"'))) {
      expect(await mirror.indexText(name)).toContain(line.replace(/,$/, ""));
    }
    expect(await digestsListed()).toEqual(incident.digests);
  });

  async function expectPull(home: HelmHome, chart: string, version: string): Promise<void> {
    await home.succeed("pull", `mirrored/${chart}`, "--version", version);
    const file = `${chart}-${version}.tgz`;
    expect(await readdir(home.directory)).toContain(file);
    expect(sha256(await readFile(home.file(file)))).toBe(incident.digests.get(`${chart}-${version}`));
    await rm(home.file(file));
  }
});
