import { readFile } from "node:fs/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chartArchive } from "../../bench/generate/chart-archive.ts";
import { chartMetadata } from "../../bench/generate/entry.ts";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type SignedChart, signedChart } from "../support/signed-chart.ts";
import { helmLogin, helmPush } from "../support/registry/helm-push.ts";
import type { RegistryOptions } from "../support/registry/options.ts";
import { presets } from "../support/registry/presets.ts";
import { type Registry, startRegistry } from "../support/registry/registry.ts";

const helms = await availableHelms();
const owner = { user: "ada", password: "l0ve:lace" };

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

describe.each(helms)("the stand-in for a registry, with $name", (helm) => {
  let registry: Registry;
  let sealed: SignedChart;

  beforeAll(async () => {
    sealed = await signedChart("sealed", "1.2.3+build.4");
  });
  beforeEach(async () => {
    registry = await startRegistry();
  });
  afterEach(async () => {
    await registry.close();
  });

  test("takes a push with its provenance, and gives both back by version", async () => {
    await using home = await helmHome(helm);
    const pushed = await helmPush(home, `${registry.host}/charts`, sealed);
    expect(pushed.reference).toBe(`${registry.host}/charts/sealed:1.2.3_build.4`);
    expect([...(registry.content.find("charts/sealed")?.tags ?? [])]).toEqual([
      ["1.2.3_build.4", pushed.digest],
    ]);
    await using other = await helmHome(helm);
    const reference = `oci://${registry.host}/charts/sealed`;
    await other.succeed("pull", reference, "--version", "1.2.3+build.4", "--prov", "--plain-http");
    expect(new Uint8Array(await readFile(other.file(sealed.file)))).toEqual(sealed.archive);
    expect(await readFile(other.file(`${sealed.file}.prov`), "utf8")).toBe(sealed.provenance);
  });

  test("publishes what Helm pushes, byte for byte", async () => {
    await using home = await helmHome(helm);
    const created = new Date("2025-02-03T04:05:06Z");
    const metadata = {
      ...chartMetadata("web", "1.0.0", 1500, "bytes"),
      description: "Pipes & <brackets>",
      dependencies: [{ name: "redis", version: "1.x", repository: "", alias: "cache", tags: ["b", "a"] }],
    };
    const archive = await chartArchive(metadata, { build: 1, bytes: 0, seed: "bytes" });
    const pushed = await helmPush(home, `${registry.host}/a`, { file: "web-1.0.0.tgz", archive, created });
    const chart = { name: "web", version: "1.0.0", archive, created: "2025-02-03T04:05:06Z" };
    const published = await registry.publish("b/web", chart);
    const text = (repository: string, digest: string): string =>
      new TextDecoder().decode(registry.content.find(repository)?.manifest(digest)?.bytes);
    expect(text("b/web", published.manifestDigest)).toBe(text("a/web", pushed.digest));
  });

  test.each(Object.entries<RegistryOptions>(presets))("is pulled from as %s", async (_, options) => {
    await using strange = await startRegistry(options);
    const { archive, provenance } = sealed;
    for (const version of ["1.0.0", "1.1.0", "2.0.0"]) {
      await strange.publish("charts/sealed", { name: "sealed", version, archive, provenance });
    }
    await using home = await helmHome(helm);
    const reference = `oci://${strange.host}/charts/sealed`;
    await home.succeed("pull", reference, "--version", "1.0.0", "--prov", "--plain-http");
    await home.succeed("pull", reference, "--version", "^1.0.0", "--plain-http");
    expect(new Uint8Array(await readFile(home.file("sealed-1.0.0.tgz")))).toEqual(archive);
    expect(new Uint8Array(await readFile(home.file("sealed-1.1.0.tgz")))).toEqual(archive);
    expect(strange.requestsFor("storage").filter(({ authorized }) => authorized)).toEqual([]);
  });

  test.each<[string, RegistryOptions]>([
    ["basic authentication", { auth: { kind: "basic", ...owner } }],
    ["tokens", { auth: { kind: "token", credentials: owner } }],
    ["tokens of another origin", { auth: { kind: "token", credentials: owner, service: "origin" } }],
    ["tokens for everything", { ...presets.ghcr, auth: { ...presets.ghcr.auth, credentials: owner } }],
  ])("lets only its owner push, with %s", async (_, options) => {
    await using closed = await startRegistry(options);
    await using home = await helmHome(helm);
    await expect(helmPush(home, `${closed.host}/charts`, sealed)).rejects.toThrow(
      /credential|denied|unauthorized/,
    );
    await expect(helmLogin(home, closed.host, { ...owner, password: "no" })).rejects.toThrow(/401/);
    await helmLogin(home, closed.host, owner);
    await helmPush(home, `${closed.host}/charts`, sealed);
    await home.succeed("pull", `oci://${closed.host}/charts/sealed`, "--plain-http", "--devel");
  });
});
