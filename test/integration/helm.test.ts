import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { yamlMapping } from "../../bench/generate/yaml-text.ts";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts } from "../support/published-charts.ts";
import { signedChart } from "../support/signed-chart.ts";
import { generatedSite } from "../support/upstream/generated-site.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const generated = generateRepository({ charts: 3, versions: 60, entryBytes: 900, provenance: true });
generated.addVersion("plus", "1.0.0+build.7");
const [chart = ""] = generated.charts;
const [newest = ""] = generated.versions(chart);
const sealed = await signedChart("sealed", "1.2.3");

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

describe.skipIf(helms.length === 0)("through the mirror", () => {
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    const signed = new PublishedCharts();
    signed.publish("sealed", "1.2.3", sealed);
    upstream = await startUpstream(
      sitesByFolder({ generated: generatedSite(generated), signed: signed.site.site }),
    );
    mirror = await startMirror({
      generated: { url: `${upstream.url}/generated` },
      signed: { url: `${upstream.url}/signed` },
    });
    await Promise.all([mirror.sync("generated"), mirror.sync("signed")]);
    upstream.forgetRequests();
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  describe.each(helms)("$name", (helm) => {
    let home: HelmHome;

    beforeAll(async () => {
      home = await helmHome(helm);
      await home.succeed("repo", "add", "mirror", mirror.urlOf("generated"));
    });
    afterAll(async () => {
      await home[Symbol.asyncDispose]();
    });

    async function expectUpstreamBytes(pulled: string, file = pulled): Promise<void> {
      const bytes = new Uint8Array(await readFile(home.file(pulled)));
      expect(bytes).toEqual(await generated.archive(file));
    }

    test("repo update succeeds", async () => {
      expect(await home.succeed("repo", "update")).toContain("Update Complete");
    });

    test("search repo --versions finds every version, the newest first", async () => {
      const found: { name: string; version: string }[] = JSON.parse(
        await home.succeed("search", "repo", "--versions", "-o", "json"),
      );
      expect(found).toHaveLength(61);
      const versions = found.filter(({ name }) => name === `mirror/${chart}`).map(({ version }) => version);
      expect(versions).toEqual(generated.versions(chart));
    });

    test("show values and show chart print what the chart holds", async () => {
      expect(await home.succeed("show", "values", `mirror/${chart}`)).toContain(
        `hello from ${chart} ${newest}`,
      );
      const old = generated.versions(chart).at(-1) ?? "";
      expect(await home.succeed("show", "chart", `mirror/${chart}`, "--version", old)).toContain(
        `version: ${old}`,
      );
    });

    test.each<[what: string, args: string[], version: string]>([
      ["the latest version", [], newest],
      ["a pinned version", ["--version", "0.2.3"], "0.2.3"],
      ["the greatest version of a constraint", ["--version", "~0.3.0"], "0.3.4"],
    ])("pull gets %s, equal to the upstream's bytes", async (_, args, version) => {
      await home.succeed("pull", `mirror/${chart}`, ...args);
      await expectUpstreamBytes(`${chart}-${version}.tgz`);
    });

    test("pull gets a version with a plus sign, by repository and by conventional URL", async () => {
      await home.succeed("pull", "mirror/plus");
      await expectUpstreamBytes("plus-1.0.0+build.7.tgz");
      await mkdir(home.file("by-url"), { recursive: true });
      await home.succeed(
        "pull",
        `${mirror.urlOf("generated")}/plus-1.0.0+build.7.tgz`,
        "-d",
        home.file("by-url"),
      );
      await expectUpstreamBytes("by-url/plus-1.0.0+build.7.tgz", "plus-1.0.0+build.7.tgz");
    });

    test("pull --repo needs no repository to be added", async () => {
      await mkdir(home.file("unadded"), { recursive: true });
      await home.succeed("pull", chart, "--repo", mirror.urlOf("generated"), "-d", home.file("unadded"));
      await expectUpstreamBytes(`unadded/${chart}-${newest}.tgz`, `${chart}-${newest}.tgz`);
    });

    test("pull --prov brings the provenance along, byte for byte", async () => {
      const file = `${chart}-0.2.0.tgz`;
      await home.succeed("pull", `mirror/${chart}`, "--version", "0.2.0", "--prov");
      const provenance = await readFile(home.file(`${file}.prov`));
      expect(provenance.equals((await generated.provenance(file)) ?? Buffer.alloc(0))).toBe(true);
    });

    test("pull --verify holds with the publisher's key", async () => {
      await writeFile(home.file("keyring.gpg"), sealed.keyring);
      await home.succeed("repo", "add", "signed", mirror.urlOf("signed"));
      const args = ["pull", "signed/sealed", "--verify", "--keyring", home.file("keyring.gpg")];
      const { code, stdout, stderr } = await home.run(...args);
      expect({ code, said: stdout + stderr }).toEqual({
        code: 0,
        said: expect.stringContaining("Chart Publisher"),
      });
    });

    test("dependency update and build fetch the archives, and template renders them", async () => {
      await mkdir(home.file("umbrella/templates"), { recursive: true });
      const repository = mirror.urlOf("generated");
      const dependencies = [{ name: chart, repository, version: "~0.3.0" }];
      const metadata = { apiVersion: "v2", dependencies, name: "umbrella", version: "0.1.0" };
      await writeFile(home.file("umbrella/Chart.yaml"), yamlMapping(metadata));
      await home.succeed("dependency", "update", home.file("umbrella"));
      await expectUpstreamBytes(`umbrella/charts/${chart}-0.3.4.tgz`, `${chart}-0.3.4.tgz`);
      await home.succeed("dependency", "build", home.file("umbrella"));
      expect(
        await home.succeed("template", "--kube-version", "v1.30.0", "release", home.file("umbrella")),
      ).toContain(`hello from ${chart} 0.3.4`);
    });

    test("template renders straight from the repository", async () => {
      const manifest = await home.succeed(
        "template",
        "--kube-version",
        "v1.30.0",
        "release",
        `mirror/${chart}`,
        "--version",
        "0.2.1",
      );
      expect(manifest).toContain(`greeting: "hello from ${chart} 0.2.1"`);
    });
  });

  test("none of this asked the upstream for more than its index", () => {
    expect(upstream.requests.filter(({ path }) => !path.endsWith("/index.yaml"))).toEqual([]);
  });
});
