import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { memberSources } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { signedChart } from "../support/signed-chart.ts";
import { status } from "../support/upstream/faults.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const [helm] = await availableHelms();
/** Seconds between two checks of a member: what comes sooner than that was announced. */
const interval = 3600;
const web = { first: await smallChart("web", "1.0.0", 1), second: await smallChart("web", "1.0.0", 2) };
const sealed = await signedChart("sealed", "1.2.3");

/** Each test begins where the one before it has ended. */
describe("two repositories, one made of both, and one made of that", () => {
  const [first, second] = [new PublishedCharts(), new PublishedCharts()];
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    first.publish("api", "1.0.0", { archive: await smallChart("api", "1.0.0") });
    first.publish("web", "1.0.0", { archive: web.first });
    second.publish("web", "1.0.0", { archive: web.second });
    second.publish("sealed", "1.2.3", sealed);
    upstream = await startUpstream(sitesByFolder({ first: first.site.site, second: second.site.site }));
    mirror = await startMirror(
      {
        top: { sources: memberSources("all"), interval },
        all: { sources: memberSources("first", "second"), interval },
        first: { url: `${upstream.url}/first` },
        second: { url: `${upstream.url}/second` },
      },
      { root: "top" },
    );
    await mirror.waitFor("all", ({ versions }) => versions.listed === 3 && versions.stored === 4);
    await mirror.waitFor("top", ({ versions }) => versions.listed === 3);
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  const listedIn = async (name: string): Promise<string[]> =>
    (await mirror.listed(name)).map(({ name: chart, version }) => `${chart} ${version}`);

  test("list every version once, and the preferred member's bytes where both have one", async () => {
    expect(await listedIn("all")).toEqual(["api 1.0.0", "sealed 1.2.3", "web 1.0.0"]);
    expect(await mirror.indexText("top")).toBe(await mirror.indexText("all"));
    expect(await mirror.bytes("all/web-1.0.0.tgz")).toEqual(web.first);
    for (const { urls, digest } of await mirror.listed("all")) {
      expect(sha256(await mirror.bytes(`all/${urls[0]}`))).toBe(digest);
    }
  });

  test("are served at the root, if the configuration says so", async () => {
    const response = await fetch(new URL("/index.yaml", mirror.urlOf("top")));
    expect(await response.text()).toBe(await mirror.indexText("all"));
  });

  test("tell the conflict, by the members that have it, and show them on their page", async () => {
    const { problems, sources } = await mirror.status("all");
    expect(problems).toMatchObject([
      {
        chart: "web",
        code: "conflict",
        listed: { digest: sha256(web.first), sources: ["member:first"] },
        other: { digest: sha256(web.second), sources: ["member:second"] },
      },
    ]);
    expect(sources).toMatchObject([
      { kind: "member", url: "member:first", state: "ok", versions: { shown: 2, listed: 2 } },
      { kind: "member", url: "member:second", state: "ok", versions: { shown: 2, listed: 1 } },
    ]);
    const page = new TextDecoder().decode(await mirror.bytes("all/"));
    expect(page).toContain('<a href="/first/">');
  });

  test.skipIf(helm === undefined)("serve the real helm, provenance included", async () => {
    if (helm === undefined) return;
    await using home = await helmHome(helm);
    await home.succeed("repo", "add", "merged", mirror.urlOf("top"));
    await expectPull(home, "api", "1.0.0", await smallChart("api", "1.0.0"));
    await expectPull(home, "web", "1.0.0", web.first);
    await writeFile(home.file("keyring.gpg"), sealed.keyring);
    const verified = await home.run(
      "pull",
      "merged/sealed",
      "--verify",
      "--keyring",
      home.file("keyring.gpg"),
    );
    expect({ ...verified, stdout: verified.stdout + verified.stderr }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Chart Publisher"),
    });
  });

  test.runIf(helm === undefined)(helmIsNeeded, (context) => context.skip(helmIsNeeded));

  test("list a member's new version within moments, through both", async () => {
    const published = Date.now();
    second.publish("web", "2.0.0", { archive: await smallChart("web", "2.0.0") });
    await mirror.waitFor("top", ({ versions }) => versions.listed === 4);
    expect((Date.now() - published) / 1000).toBeLessThan(interval / 100);
    expect(await listedIn("top")).toContain("web 2.0.0");
    expect(await mirror.bytes("top/web-2.0.0.tgz")).toEqual(await smallChart("web", "2.0.0"));
  });

  test("are as they were when an upstream is gone, and take what the other one brings", async () => {
    const before = await mirror.listed("top");
    upstream.fault(/^first\//, status(404));
    await mirror.waitFor("first", ({ sources: [source] }) => source?.state === "failing");
    second.publish("web", "3.0.0", { archive: await smallChart("web", "3.0.0") });
    const { sources } = await mirror.waitFor("top", ({ versions }) => versions.listed === 5);
    expect(sources).toMatchObject([{ state: "ok", error: null }]);
    expect(await mirror.listed("top")).toEqual(expect.arrayContaining(before));
    expect(await mirror.bytes("top/api-1.0.0.tgz")).toEqual(await smallChart("api", "1.0.0"));
  });

  async function expectPull(
    home: HelmHome,
    chart: string,
    version: string,
    bytes: Uint8Array,
  ): Promise<void> {
    await home.succeed("pull", `merged/${chart}`, "--version", version);
    expect(new Uint8Array(await readFile(home.file(`${chart}-${version}.tgz`)))).toEqual(bytes);
  }
});
