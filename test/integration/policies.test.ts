import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Policies } from "../../src/config/policies.ts";
import { availableHelms, helmHome } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { memberSources } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const [helm] = await availableHelms();

/** Repositories of one upstream, each with a policy of its own. */
const policies = {
  hide: {
    removal: "hide",
    guard: { maxLoss: { share: 0.1, count: 1 }, confirmAfter: 86_400, afterRecovery: 0, grace: 1 },
  },
  pin: {},
  follow: { change: "follow" },
  aged: { minimumAge: 3 },
  "aged-for-long": { minimumAge: 86_400 },
  included: { include: [{ chart: "api", versions: ">=2" }], exclude: [{ chart: "*", versions: "3.x" }] },
  newest: { keepNewest: 1 },
} satisfies Record<string, Partial<Policies>>;
type Name = keyof typeof policies | "merged";

/** Each test begins where the one before it has ended. */
describe("a mirror with policies", () => {
  const published = new PublishedCharts();
  let upstream: Upstream;
  let mirror: Mirror;

  const publish = async (name: string, version: string, build = 1, created?: string): Promise<string> => {
    const archive = await smallChart(name, version, build);
    published.publish(name, version, { archive, entry: { created } });
    return sha256(archive);
  };
  const listedIn = async (name: Name): Promise<string[]> =>
    (await mirror.listed(name)).map(({ name: chart, version }) => `${chart} ${version}`);
  const digestIn = async (name: Name, version: string): Promise<string | undefined> =>
    (await mirror.listed(name)).find((one) => one.name === "api" && one.version === version)?.digest;

  beforeAll(async () => {
    for (const version of ["3.0.0", "2.0.0", "1.0.0"]) {
      await publish("api", version, 1, "2020-01-01T00:00:00Z");
      await publish("web", version, 1, "2020-01-01T00:00:00Z");
    }
    upstream = await startUpstream(published.site.site);
    const single = Object.entries(policies).map(([name, own]) => [
      name,
      { url: upstream.url, policies: own },
    ]);
    const merged = { sources: memberSources("pin"), policies: { exclude: [{ chart: "api" }] } };
    mirror = await startMirror({ ...Object.fromEntries(single), merged });
    const names: Name[] = ["hide", "pin", "follow", "aged", "aged-for-long", "included", "newest", "merged"];
    await Promise.all(names.map(async (name) => await mirror.sync(name)));
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  const all = ["api 3.0.0", "api 2.0.0", "api 1.0.0", "web 3.0.0", "web 2.0.0", "web 1.0.0"];

  test("mirrors what `include`, `exclude` and `keepNewest` say, and tells what it leaves out", async () => {
    expect(await listedIn("included")).toEqual(["api 2.0.0"]);
    expect(await listedIn("newest")).toEqual(["api 3.0.0", "web 3.0.0"]);
    expect(await listedIn("merged")).toEqual(all.slice(3));
    expect(await listedIn("aged-for-long")).toEqual(all);
    expect((await mirror.status("included")).versions).toMatchObject({ listed: 1, stored: 1, skipped: 5 });
    expect((await mirror.status("newest")).policies).toMatchObject({
      keepNewest: 1,
      removal: "keep",
      keyring: 0,
    });
  });

  test.skipIf(helm === undefined)("so that Helm finds and pulls these and no others", async () => {
    if (helm === undefined) return;
    await using home = await helmHome(helm);
    await home.succeed("repo", "add", "included", mirror.urlOf("included"));
    await home.succeed("repo", "add", "newest", mirror.urlOf("newest"));
    const found: unknown = JSON.parse(await home.succeed("search", "repo", "--versions", "--output", "json"));
    expect(found).toMatchObject([
      { name: "included/api", version: "2.0.0" },
      { name: "newest/api", version: "3.0.0" },
      { name: "newest/web", version: "3.0.0" },
    ]);
    await home.succeed("pull", "included/api");
    const missing = await home.run("pull", "newest/api", "--version", "2.0.0");
    expect(missing.code).not.toBe(0);
  });

  test("lists a new version when it is old enough, and lets an older one go then", async () => {
    await publish("api", "4.0.0", 1, "2020-01-01T00:00:00Z");
    await mirror.waitFor("newest", ({ versions }) => versions.stored === 3);
    expect(await listedIn("newest")).toEqual(["api 4.0.0", "web 3.0.0"]);
    await mirror.waitFor("aged-for-long", ({ waiting }) => waiting.count === 1);
    expect(await listedIn("aged-for-long")).toEqual(all);
    await mirror.waitFor("aged", ({ versions }) => versions.listed === all.length + 1);
    expect((await mirror.status("aged")).waiting.count).toBe(0);
  });

  test("lists a version that was published again as `change` says", async () => {
    const first = await digestIn("pin", "4.0.0");
    const second = await publish("api", "4.0.0", 2);
    await Promise.all([
      mirror.waitFor("pin", ({ problemCount }) => problemCount === 1),
      mirror.waitFor("follow", ({ problemCount }) => problemCount === 1),
    ]);
    expect(await digestIn("pin", "4.0.0")).toBe(first);
    expect(await digestIn("follow", "4.0.0")).toBe(second);
    expect(sha256(await mirror.bytes(`follow/charts/${first}/api-4.0.0.tgz`))).toBe(first);
  });

  test("hides what is lost after a while, withholds what is much, and lists what is back", async () => {
    published.remove("web", "1.0.0");
    await mirror.waitFor("hide", ({ versions }) => versions.hidden === 1);
    expect(await listedIn("hide")).not.toContain("web 1.0.0");
    expect(await listedIn("pin")).toContain("web 1.0.0");
    for (const version of ["3.0.0", "2.0.0"]) published.remove("web", version);
    await mirror.waitFor("hide", ({ withheld }) => withheld?.count === 2);
    const page = await (await mirror.fetch("hide/")).text();
    expect(page).toContain("2 versions vanished");
    for (const version of ["3.0.0", "2.0.0", "1.0.0"]) await publish("web", version);
    await mirror.waitFor("hide", ({ versions, withheld }) => versions.hidden === 0 && withheld === null);
    expect(await listedIn("hide")).toEqual(["api 4.0.0", ...all]);
  });
});
