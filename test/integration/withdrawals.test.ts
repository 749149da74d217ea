import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { memberSources } from "../support/mirrored-repository.ts";
import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

/** What `helm search repo` prints. */
interface Found {
  name: string;
  version: string;
}

const bad = { repository: "own", chart: "alpha", version: "2.0.0" };

describe.skipIf(helms.length === 0)("a hijacked version is withdrawn: through the whole Worker,", () => {
  let upstream: Upstream;
  let mirror: Mirror;
  let before: { revision: string | null; publishedAt: string | null; index: string; path: string };
  const views = (): string[] => [
    "own",
    "own/alpha",
    "other",
    "merged",
    `own@${before.publishedAt}`,
    `own@${before.revision}`,
  ];
  const listedIn = async (view: string): Promise<string[]> =>
    (await mirror.listed(view)).filter(({ name }) => name === "alpha").map(({ version }) => version);

  beforeAll(async () => {
    const published = new PublishedCharts();
    for (const [chart, version] of [
      ["alpha", "1.0.0"],
      ["alpha", "2.0.0"],
      ["beta", "1.0.0"],
    ] as const) {
      published.publish(chart, version, { archive: await smallChart(chart, version) });
    }
    upstream = await startUpstream(published.site.site);
    mirror = await startMirror({
      own: { url: upstream.url },
      other: { url: upstream.url },
      merged: { sources: memberSources("own") },
    });
    await Promise.all(
      mirror.names.map((name) => mirror.waitFor(name, ({ versions }) => versions.listed === 3)),
    );
    const { revision, publishedAt } = await mirror.status("own");
    const index = await mirror.stored(`repositories/own/revisions/${revision}/index.json`);
    const text = new TextDecoder().decode(index?.bytes);
    const path = /charts\/[0-9a-f]+\/alpha-2\.0\.0\.tgz/.exec(text)?.[0] ?? "";
    before = { revision, publishedAt, index: text, path };
    await mirror.withdraw({ ...bad, reason: "stolen credentials, see the advisory" });
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  test("from this moment no view lists it and no path gives it, published or not", async () => {
    for (const view of views()) expect([view, await listedIn(view)]).toEqual([view, ["1.0.0"]]);
    for (const path of [`own/${before.path}`, `other/${before.path}`, "merged/alpha-2.0.0.tgz"]) {
      const response = await mirror.fetch(path);
      expect([path, response.status]).toEqual([path, 410]);
      expect(await response.text()).toContain("stolen credentials, see the advisory");
    }
  });

  test("and it stays so when every repository has published without it", async () => {
    for (const name of mirror.names) await mirror.waitFor(name, ({ versions }) => versions.listed === 2);
    for (const view of views()) expect([view, await listedIn(view)]).toEqual([view, ["1.0.0"]]);
    expect((await mirror.fetch(`other/${before.path}`)).status).toBe(410);
    expect((await mirror.fetch("own/alpha-2.0.0.tgz")).status).toBe(410);
  });

  test("nor does an older document, brought back from a backup, undo it: the later one takes its place", async () => {
    const text = async (): Promise<string> =>
      new TextDecoder().decode((await mirror.stored("withdrawals"))?.bytes);
    const later = await text();
    await mirror.corrupt("withdrawals", JSON.stringify({ number: 1, entries: [] }));
    const end = Date.now() + 15_000;
    while ((await text()) !== later && Date.now() < end) await mirror.waitFor("own", () => true);
    expect(await text()).toBe(later);
    for (const view of views()) expect([view, await listedIn(view)]).toEqual([view, ["1.0.0"]]);
  });

  describe.each(helms)("$name", (helm) => {
    let home: HelmHome;
    beforeAll(async () => {
      home = await helmHome(helm);
    });
    afterAll(async () => {
      await home[Symbol.asyncDispose]();
    });

    test.for(["own", "merged", "snapshot"])(
      "search does not find it in %s, and pull gets the one before it",
      async (name) => {
        const view = name === "snapshot" ? `own@${before.publishedAt}` : name;
        await home.succeed("repo", "add", name, mirror.urlOf(view));
        const found: Found[] = JSON.parse(
          await home.succeed("search", "repo", `${name}/alpha`, "--versions", "-o", "json"),
        );
        expect(found.map(({ version }) => version)).toEqual(["1.0.0"]);
        expect((await home.run("pull", `${name}/alpha`, "--version", "2.0.0")).code).not.toBe(0);
        await home.succeed("pull", `${name}/alpha`, "-d", home.directory);
      },
    );

    test("pull of its path says that it is gone, and from the registry why", async () => {
      const byPath = await home.run("pull", mirror.urlOf(`own/${before.path}`));
      expect(byPath.code).not.toBe(0);
      expect(byPath.stderr).toContain("410 Gone");
      const oci = `${mirror.urlOf("own").replace("http:", "oci:")}/alpha`;
      const byTag = await home.run("pull", oci, "--version", "2.0.0", "--plain-http");
      expect(byTag.code).not.toBe(0);
      expect(byTag.stderr).toContain("stolen credentials, see the advisory");
      await home.succeed("pull", oci, "--version", "1.0.0", "--plain-http", "-d", home.directory);
    });
  });

  test("reinstated, everything is as before, to the byte", async () => {
    await mirror.reinstate(bad);
    for (const name of mirror.names) await mirror.waitFor(name, ({ versions }) => versions.listed === 3);
    expect((await mirror.status("own")).revision).toBe(before.revision);
    const end = Date.now() + 15_000; // an isolate obeys within ten seconds
    while ((await mirror.fetch(`own/${before.path}`)).status !== 200 && Date.now() < end) await delay(250);
    expect((await mirror.fetch(`other/${before.path}`)).status).toBe(200);
    expect(await mirror.indexText("own")).toBe(before.index);
    for (const view of views()) expect([view, await listedIn(view)]).toEqual([view, ["2.0.0", "1.0.0"]]);
  });
});
