import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { yamlMapping } from "../../bench/generate/yaml-text.ts";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import { signedChart } from "../support/signed-chart.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const sealed = await signedChart("sealed", "1.2.3");

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

/** What `helm search repo` prints. */
interface Found {
  name: string;
  version: string;
}

describe.skipIf(helms.length === 0)("views, through the whole Worker", () => {
  const published = new PublishedCharts();
  const archives = new Map<string, Uint8Array>();
  let upstream: Upstream;
  let mirror: Mirror;
  /** The revision before the last publication, and an instant at which it was current. */
  let before: { revision: string; instant: string };

  async function publish(name: string, version: string): Promise<void> {
    const archive = await smallChart(name, version);
    archives.set(`${name}-${version}.tgz`, archive);
    published.publish(name, version, { archive });
  }

  beforeAll(async () => {
    for (const version of ["1.0.0", "1.1.0"]) await publish("alpha", version);
    await publish("beta", "0.1.0");
    published.publish("sealed", "1.2.3", sealed);
    upstream = await startUpstream(published.site.site);
    mirror = await startMirror({ repo: { url: upstream.url, files: [] } });
    const { revision, publishedAt } = await mirror.sync("repo");
    if (revision === null || publishedAt === null) throw new Error("nothing is published");
    before = { revision, instant: publishedAt };
    for (const version of ["2.0.0", "3.0.0-rc.1"]) await publish("alpha", version);
    await mirror.waitFor("repo", (status) => status.versions.listed === 6 && status.revision !== revision);
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  describe.each(helms)("$name", (helm) => {
    let home: HelmHome;

    beforeAll(async () => {
      home = await helmHome(helm);
    });
    afterAll(async () => {
      await home[Symbol.asyncDispose]();
    });

    /** Adds a repository, and says what Helm finds in it. */
    async function foundIn(name: string, path: string): Promise<string[]> {
      await home.succeed("repo", "add", name, mirror.urlOf(path));
      const found: Found[] = JSON.parse(
        await home.succeed("search", "repo", `${name}/`, "--versions", "--devel", "-o", "json"),
      );
      return found.map((chart) => `${chart.name.slice(name.length + 1)} ${chart.version}`).toSorted();
    }

    async function expectPulled(file: string, directory: string, ...args: string[]): Promise<void> {
      await mkdir(home.file(directory), { recursive: true });
      await home.succeed("pull", ...args, "-d", home.file(directory));
      expect(new Uint8Array(await readFile(home.file(`${directory}/${file}`)))).toEqual(archives.get(file));
    }

    const newest = ["alpha 2.0.0", "alpha 3.0.0-rc.1", "beta 0.1.0", "sealed 1.2.3"];
    const old = ["alpha 1.0.0", "alpha 1.1.0", "beta 0.1.0", "sealed 1.2.3"];

    test("@latest has the newest version of every chart, and pull gets it", async () => {
      expect(await foundIn("latest", "repo@latest")).toEqual(newest);
      await expectPulled("alpha-2.0.0.tgz", "latest", "latest/alpha");
      const { code } = await home.run("pull", "latest/alpha", "--version", "1.0.0");
      expect(code).not.toBe(0);
    });

    test("@latest-2 has one more of each", async () => {
      expect(await foundIn("latest-2", "repo@latest-2")).toEqual([...newest, "alpha 1.1.0"].toSorted());
      await expectPulled("alpha-1.1.0.tgz", "latest-2", "latest-2/alpha", "--version", "1.1.0");
    });

    test("a chart is a repository of its own", async () => {
      const versions = ["alpha 1.0.0", "alpha 1.1.0", "alpha 2.0.0", "alpha 3.0.0-rc.1"];
      expect(await foundIn("single", "repo/alpha")).toEqual(versions);
      await expectPulled("alpha-1.0.0.tgz", "single", "single/alpha", "--version", "1.0.0");
      expect(await foundIn("single-latest", "repo@latest/alpha")).toEqual([
        "alpha 2.0.0",
        "alpha 3.0.0-rc.1",
      ]);
      await expectPulled(
        "alpha-2.0.0.tgz",
        "single-latest",
        "alpha",
        "--repo",
        mirror.urlOf("repo@latest/alpha"),
      );
    });

    test("@<revision> and @<timestamp> have what was listed then, and pull gets it", async () => {
      expect(await foundIn("revision", `repo@${before.revision}`)).toEqual(old);
      expect(await foundIn("instant", `repo@${before.instant}`)).toEqual(old);
      await expectPulled("alpha-1.1.0.tgz", "revision", "revision/alpha");
      await expectPulled("alpha-1.1.0.tgz", "instant", "instant/alpha");
      expect(await foundIn("instant-alpha", `repo@${before.instant}/alpha`)).toEqual([
        "alpha 1.0.0",
        "alpha 1.1.0",
      ]);
    });

    test("dependency update and build take a chart's repository", async () => {
      await mkdir(home.file("umbrella/templates"), { recursive: true });
      const dependencies = [{ name: "alpha", repository: mirror.urlOf("repo/alpha"), version: "~1.0" }];
      const metadata = { apiVersion: "v2", dependencies, name: "umbrella", version: "0.1.0" };
      await writeFile(home.file("umbrella/Chart.yaml"), yamlMapping(metadata));
      await home.succeed("dependency", "update", home.file("umbrella"));
      const file = "alpha-1.0.0.tgz";
      expect(new Uint8Array(await readFile(home.file(`umbrella/charts/${file}`)))).toEqual(
        archives.get(file),
      );
      await home.succeed("dependency", "build", home.file("umbrella"));
    });

    test.each(["repo@latest", "repo/sealed", "repo@latest/sealed"])(
      "pull --prov and --verify hold below %s",
      async (path) => {
        await writeFile(home.file("keyring.gpg"), sealed.keyring);
        const directory = home.file(`sealed/${path}`);
        await mkdir(directory, { recursive: true });
        const args = ["pull", "sealed", "--repo", mirror.urlOf(path), "-d", directory];
        await home.succeed(...args, "--prov");
        expect(await readFile(`${directory}/${sealed.file}.prov`, "utf8")).toBe(sealed.provenance);
        const { code, stdout, stderr } = await home.run(
          ...args,
          "--verify",
          "--keyring",
          home.file("keyring.gpg"),
        );
        expect({ code, said: stdout + stderr }).toEqual({
          code: 0,
          said: expect.stringContaining("Chart Publisher"),
        });
      },
    );
  });

  test("history.json leads to both revisions", async () => {
    const history: { revisions: { revision: string }[] } = await (
      await mirror.fetch("repo/history.json")
    ).json();
    const { revision } = await mirror.status("repo");
    expect(history.revisions.map((past) => past.revision)).toEqual([revision, before.revision]);
  });

  test("@upstream is the source's index, byte for byte", async () => {
    const response = await mirror.fetch("repo@upstream/index.yaml");
    const text = await (await fetch(`${upstream.url}/index.yaml`)).text();
    expect(new TextDecoder().decode(await response.bytes())).toBe(text);
  });
});
