import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { type Registry, startRegistry } from "../support/registry/registry.ts";
import { hasSkopeo, runSkopeo, skopeoIsNeeded, temporaryFolder } from "../support/skopeo.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const installed = await hasSkopeo();
const versions = ["1.0.0", "1.10.0", "1.2.0", "2.0.0+build.5"];
const tags = ["1.0.0", "1.10.0", "1.2.0", "2.0.0_build.5"];

describe.skipIf(installed)("skopeo", () => {
  test(skopeoIsNeeded, (context) => context.skip(skopeoIsNeeded));
});

describe.skipIf(!installed)("skopeo, from the mirror,", () => {
  let upstream: Upstream;
  let registry: Registry;
  let mirror: Mirror;
  let signature: { digest: string; tag: string };

  beforeAll(async () => {
    const pages = new PublishedCharts();
    registry = await startRegistry();
    for (const version of versions) {
      const archive = await smallChart("web", version);
      pages.publish("web", version, { archive });
      await registry.publish("charts/web", { name: "web", version, archive });
    }
    signature = registry.sign("charts/web", originalOf("1.2.0").digest, "sig");
    upstream = await startUpstream(pages.site.site);
    mirror = await startMirror({
      pages: { url: upstream.url },
      registry: { sources: [ociSource({ url: `oci://${registry.host}/charts`, charts: ["web"] })] },
    });
    await Promise.all(mirror.names.map((name) => mirror.sync(name)));
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
    await registry.close();
  });

  function originalOf(tag: string) {
    const manifest = registry.content.find("charts/web")?.manifest(tag);
    if (manifest === undefined) throw new Error(`no tag ${tag}`);
    return manifest;
  }

  const reference = (name: string): string => mirror.urlOf(`${name}/web`).replace("http:", "docker:");

  async function skopeo(...args: string[]): Promise<string> {
    await using home = await temporaryFolder();
    const { code, stdout, stderr } = await runSkopeo(args, home.path);
    if (code !== 0) throw new Error(`skopeo ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  test("list-tags shows versions, and what is kept beside them", async () => {
    const listed = async (name: string): Promise<string[]> =>
      JSON.parse(await skopeo("list-tags", "--tls-verify=false", reference(name))).Tags;
    expect(await listed("pages")).toEqual(tags);
    expect(await listed("registry")).toEqual([...tags, signature.tag]);
  });

  test("inspect --raw shows the registry's own manifest, byte for byte", async () => {
    const raw = await skopeo("inspect", "--raw", "--tls-verify=false", `${reference("registry")}:1.10.0`);
    expect(raw).toBe(new TextDecoder().decode(originalOf("1.10.0").bytes));
  });

  test.each(["pages", "registry"])(
    "copy brings a chart of %s along whole, every digest checked",
    async (name) => {
      for (const [tag, version] of [
        ["1.2.0", "1.2.0"],
        ["2.0.0_build.5", "2.0.0+build.5"],
      ] as const) {
        await using folder = await temporaryFolder();
        await skopeo("copy", "--src-tls-verify=false", `${reference(name)}:${tag}`, `dir:${folder.path}`);
        const files = await readdir(folder.path);
        const archive = await smallChart("web", version);
        expect(files).toContain(sha256(archive));
        expect(new Uint8Array(await readFile(join(folder.path, sha256(archive))))).toEqual(archive);
      }
    },
  );

  test("copy --all of a signature brings what cosign reads", async () => {
    await using folder = await temporaryFolder();
    const source = `${reference("registry")}:${signature.tag}`;
    await skopeo("copy", "--src-tls-verify=false", source, `dir:${folder.path}`);
    const manifest = await readFile(join(folder.path, "manifest.json"));
    expect(`sha256:${sha256(manifest)}`).toBe(signature.digest);
  });

  test("copy carries a chart on into another registry, under the same digest", async () => {
    const to = `docker://${registry.host}/copies/web:1.2.0`;
    const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    await skopeo("copy", "--preserve-digests", ...insecure, `${reference("pages")}:1.2.0`, to);
    const answer = await mirror.fetch("v2/pages/web/manifests/1.2.0", { method: "HEAD" });
    expect(registry.content.find("copies/web")?.tags.get("1.2.0")).toBe(
      answer.headers.get("docker-content-digest"),
    );
  });

  test("a tag that is not there is told as such", async () => {
    await expect(
      skopeo("inspect", "--raw", "--tls-verify=false", `${reference("pages")}:9.9.9`),
    ).rejects.toThrow(/manifest unknown/);
  });
});
