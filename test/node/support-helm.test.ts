import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { signedChart } from "../support/signed-chart.ts";
import { generatedSite } from "../support/upstream/generated-site.ts";
import { MemorySite, sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const repository = generateRepository({ charts: 3, versions: 12, entryBytes: 1500, provenance: true });

const withoutTime = (text: string): string => text.replace(/^generated:.*$/m, "");

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

describe.each(helms)("$name", (helm) => {
  const signed = new MemorySite();
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream(
      sitesByFolder({ generated: generatedSite(repository), signed: signed.site }),
    );
  });
  afterAll(async () => {
    await upstream.close();
  });

  test("adds, searches, pulls and renders what was generated", async () => {
    await using home = await helmHome(helm);
    await home.succeed("repo", "add", "generated", `${upstream.url}/generated`);
    const found: unknown[] = JSON.parse(await home.succeed("search", "repo", "--versions", "-o", "json"));
    expect(found).toHaveLength(12);
    const [chart = ""] = repository.charts;
    const [newest = ""] = repository.versions(chart);
    await home.succeed("pull", `generated/${chart}`, "--prov");
    const file = `${chart}-${newest}.tgz`;
    expect(new Uint8Array(await readFile(home.file(file)))).toEqual(await repository.archive(file));
    const manifest = await home.succeed("template", "--kube-version", "v1.30.0", "release", home.file(file));
    expect(manifest).toContain(`greeting: "hello from ${chart} ${newest}"`);
  });

  test("writes an index byte for byte as the generator does", async () => {
    await using home = await helmHome(helm);
    const generated = await repository.index();
    await writeFile(home.file("generated.yaml"), generated);
    await home.succeed("repo", "index", ".", "--merge", "generated.yaml");
    expect(withoutTime(await readFile(home.file("index.yaml"), "utf8"))).toBe(withoutTime(generated));
  });

  test("verifies a chart that was signed, and refuses it with another key", async () => {
    await using home = await helmHome(helm);
    const [chart, stranger] = [await signedChart("sealed", "1.2.3"), await signedChart("sealed", "1.2.3")];
    await writeFile(home.file("keyring.gpg"), chart.keyring);
    await writeFile(home.file("stranger.gpg"), stranger.keyring);
    signed.set(chart.file, chart.archive);
    signed.set(`${chart.file}.prov`, chart.provenance);
    const url = `${upstream.url}/signed/${chart.file}`;
    const pulled = await home.run("pull", url, "--verify", "--keyring", home.file("keyring.gpg"));
    expect(pulled).toMatchObject({ code: 0 });
    expect(pulled.stdout + pulled.stderr).toContain("Chart Publisher");
    const refused = await home.run("pull", url, "--verify", "--keyring", home.file("stranger.gpg"));
    expect(refused.code).not.toBe(0);
  });

  test("reaches nothing but loopback", async () => {
    await using home = await helmHome(helm);
    const { code, stderr } = await home.run("repo", "add", "far", "https://charts.example.com");
    expect(code).not.toBe(0);
    expect(stderr).toContain("proxyconnect");
  });
});
