import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { yamlMapping } from "../../bench/generate/yaml-text.ts";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { memberSources, ociSource } from "../support/mirrored-repository.ts";
import { PublishedCharts } from "../support/published-charts.ts";
import { type Registry, startRegistry } from "../support/registry/registry.ts";
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

describe.skipIf(helms.length === 0)("by oci://, from the mirror", () => {
  let upstream: Upstream;
  let registry: Registry;
  let mirror: Mirror;
  /** Of a repository, as helm wants it. */
  const oci = (name: string): string => mirror.urlOf(name).replace("http:", "oci:").replace(/\/$/, "");

  beforeAll(async () => {
    const pages = new PublishedCharts();
    pages.publish("sealed", "1.2.3", sealed);
    upstream = await startUpstream(
      sitesByFolder({ generated: generatedSite(generated), pages: pages.site.site }),
    );
    registry = await startRegistry();
    await registry.publish("charts/sealed", { name: "sealed", version: "1.2.3", ...sealed });
    mirror = await startMirror(
      {
        generated: { url: `${upstream.url}/generated` },
        pages: { url: `${upstream.url}/pages` },
        registry: { sources: [ociSource({ url: `oci://${registry.host}/charts`, charts: ["sealed"] })] },
        merged: { sources: memberSources("registry", "generated") },
        nested: { sources: memberSources("merged") },
      },
      { root: "generated" },
    );
    await Promise.all(mirror.names.map((name) => mirror.sync(name)));
    const { versions } = await mirror.status("generated");
    await mirror.waitFor("nested", ({ versions: { listed } }) => listed === versions.listed + 1);
    upstream.forgetRequests();
    registry.forgetRequests();
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
    await registry.close();
  });

  describe.each(helms)("$name", (helm) => {
    let home: HelmHome;

    beforeAll(async () => {
      home = await helmHome(helm);
      await writeFile(home.file("keyring.gpg"), sealed.keyring);
    });
    afterAll(async () => {
      await home[Symbol.asyncDispose]();
    });

    async function pull(reference: string, ...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await home.run("pull", reference, "--plain-http", ...args);
      if (code !== 0) throw new Error(`${reference}: ${stderr}`);
      return stdout + stderr;
    }

    async function expectUpstreamBytes(pulled: string, file = pulled): Promise<void> {
      const bytes = new Uint8Array(await readFile(home.file(pulled)));
      expect(bytes).toEqual(await generated.archive(file));
    }

    test.each<[what: string, args: string[], version: string]>([
      ["the latest version", [], newest],
      ["a pinned version", ["--version", "0.2.3"], "0.2.3"],
      ["the greatest version of a constraint", ["--version", "~0.3.0"], "0.3.4"],
      ["the greatest version of all", ["--version", ">=0.1"], newest],
    ])("pull gets %s, equal to the upstream's bytes", async (_, args, version) => {
      await pull(`${oci("generated")}/${chart}`, ...args);
      await expectUpstreamBytes(`${chart}-${version}.tgz`);
    });

    test("pull gets a chart of the root repository without the repository's name", async () => {
      await mkdir(home.file("root"), { recursive: true });
      await pull(`${oci("")}/${chart}`, "--version", "0.2.1", "-d", home.file("root"));
      await expectUpstreamBytes(`root/${chart}-0.2.1.tgz`, `${chart}-0.2.1.tgz`);
    });

    test("pull gets a version with a plus sign", async () => {
      await pull(`${oci("generated")}/plus`, "--version", "1.0.0+build.7");
      await expectUpstreamBytes("plus-1.0.0+build.7.tgz");
    });

    test("pull gets a version by tag and digest, and by no other digest", async () => {
      await mkdir(home.file("pinned"), { recursive: true });
      const answer = await mirror.fetch(`v2/generated/${chart}/manifests/0.2.2`, { method: "HEAD" });
      const digest = answer.headers.get("docker-content-digest") ?? "";
      await pull(`${oci("generated")}/${chart}:0.2.2@${digest}`, "-d", home.file("pinned"));
      const [file = ""] = await readdir(home.file("pinned")); // Helm names it by the digest
      await expectUpstreamBytes(`pinned/${file}`, `${chart}-0.2.2.tgz`);
      const other = `sha256:${"0".repeat(64)}`;
      await expect(pull(`${oci("generated")}/${chart}:0.2.2@${other}`)).rejects.toThrow();
    });

    test.each(["merged", "nested"])("pull gets every chart under the name of %s", async (name) => {
      await mkdir(home.file(`of-${name}`), { recursive: true });
      await pull(`${oci(name)}/${chart}`, "--version", "0.2.3", "-d", home.file(`of-${name}`));
      await expectUpstreamBytes(`of-${name}/${chart}-0.2.3.tgz`, `${chart}-0.2.3.tgz`);
      const digests = ["registry", name].map(async (repository) => {
        const answer = await mirror.fetch(`v2/${repository}/sealed/manifests/1.2.3`, { method: "HEAD" });
        return answer.headers.get("docker-content-digest");
      });
      const [own, handedOn] = await Promise.all(digests);
      expect(handedOn).toBe(own);
      expect(own).toBe(registry.content.find("charts/sealed")?.manifest("1.2.3")?.digest);
    });

    test("show chart and show values print what the chart holds", async () => {
      const reference = [`${oci("generated")}/${chart}`, "--version", "0.2.3", "--plain-http"];
      expect(await home.succeed("show", "chart", ...reference)).toContain("version: 0.2.3");
      expect(await home.succeed("show", "values", ...reference)).toContain(`hello from ${chart} 0.2.3`);
    });

    test("template renders", async () => {
      const reference = [`${oci("generated")}/${chart}`, "--version", "0.2.1", "--plain-http"];
      const rendered = await home.succeed("template", "--kube-version", "v1.30.0", "release", ...reference);
      expect(rendered).toContain(`greeting: "hello from ${chart} 0.2.1"`);
    });

    test.each(["pages", "registry", "merged", "nested"])(
      "pull --verify holds with the publisher's key, of a chart from %s",
      async (name) => {
        await mkdir(home.file(name), { recursive: true });
        const args = ["--verify", "--keyring", home.file("keyring.gpg"), "-d", home.file(name)];
        const said = await pull(`${oci(name)}/sealed`, "--version", "1.2.3", ...args);
        expect(said).toContain("Chart Publisher");
        expect(await readFile(home.file(`${name}/sealed-1.2.3.tgz.prov`), "utf8")).toBe(sealed.provenance);
      },
    );

    test("pull --prov brings the provenance along, byte for byte", async () => {
      await pull(`${oci("generated")}/${chart}`, "--version", "0.2.0", "--prov");
      const provenance = await readFile(home.file(`${chart}-0.2.0.tgz.prov`));
      expect(provenance.equals((await generated.provenance(`${chart}-0.2.0.tgz`)) ?? Buffer.alloc(0))).toBe(
        true,
      );
    });

    test("dependency update and build fetch what an oci repository gives", async () => {
      await mkdir(home.file("umbrella"), { recursive: true });
      const dependencies = [{ name: chart, repository: oci("generated"), version: "~0.3.0" }];
      const metadata = { apiVersion: "v2", dependencies, name: "umbrella", version: "0.1.0" };
      await writeFile(home.file("umbrella/Chart.yaml"), yamlMapping(metadata));
      for (const command of ["update", "build"]) {
        await home.succeed("dependency", command, home.file("umbrella"), "--plain-http");
        await expectUpstreamBytes(`umbrella/charts/${chart}-0.3.4.tgz`, `${chart}-0.3.4.tgz`);
      }
    });

    test("a version and a chart that are not there are told as such", async () => {
      await expect(pull(`${oci("generated")}/${chart}`, "--version", "99.0.0")).rejects.toThrow(/not found/);
      await expect(pull(`${oci("generated")}/nothing`, "--version", "1.0.0")).rejects.toThrow(/not found/);
    });
  });

  test("a manifest that came from a registry is given as it came", async () => {
    const original = registry.content.find("charts/sealed")?.manifest("1.2.3");
    const answer = await mirror.fetch("v2/registry/sealed/manifests/1.2.3");
    expect(answer.headers.get("docker-content-digest")).toBe(original?.digest);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(original?.bytes);
  });

  test("none of this asked an upstream for more than its index or its tags", () => {
    expect(upstream.requests.filter(({ path }) => !path.endsWith("/index.yaml"))).toEqual([]);
    expect(registry.requests.filter(({ kind }) => kind !== "tags")).toEqual([]);
  });
});
