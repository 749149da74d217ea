import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveKey, ociBlobKey, ociManifestKey } from "../../src/storage/keys.ts";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { sha256, smallChart } from "../support/published-charts.ts";
import { sign } from "../support/registry/attachments.ts";
import { RepositoryContent } from "../support/registry/content.ts";
import {
  type DebianRegistry,
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../support/registry/debian-registry.ts";
import { helmLogin, helmPush } from "../support/registry/helm-push.ts";
import { type ManifestFields, readManifest } from "../support/registry/manifest.ts";
import { mediaTypes } from "../support/registry/media-types.ts";
import { mountBlob, pushContent } from "../support/registry/plain-push.ts";
import { signedChart } from "../support/signed-chart.ts";

const helms = await availableHelms();
const installed = (await findDebianRegistry()) !== undefined;
const auth = { user: "ada", password: "l0ve:lace" };

const sealed = await signedChart("sealed", "1.2.3");
const pushed = new Map<string, Uint8Array>([["sealed-1.2.3", sealed.archive]]);
for (const version of ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0"])
  pushed.set(`web-${version}`, await smallChart("web", version));
pushed.set("own-1.0.0+build.5", await smallChart("own", "1.0.0+build.5"));

/** Chart, and the tag under which Helm puts the version. */
const tagged = [...pushed.keys()].map((key) => {
  const dash = key.indexOf("-");
  return { key, chart: key.slice(0, dash), tag: key.slice(dash + 1).replace("+", "_") };
});

/** The catalogue is asked for in pages of 1000; these stand before the charts, so that all of them are on its second. */
const withoutTags = Array.from({ length: 1001 }, (_, index) => `a${String(index).padStart(4, "0")}`);

describe.skipIf(installed && helms.length > 0)("charts in the real docker-registry", () => {
  const needed = installed ? helmIsNeeded : debianRegistryIsNeeded;
  test(needed, (context) => context.skip(needed));
});

describe.skipIf(!installed).each(helms)("charts in the real docker-registry, pushed by $name", (helm) => {
  let registry: DebianRegistry;
  let locked: DebianRegistry;
  let home: HelmHome;
  let mirror: Mirror;
  const signature = new RepositoryContent();

  beforeAll(async () => {
    [registry, locked, home] = await Promise.all([
      startDebianRegistry(),
      startDebianRegistry({ auth }),
      helmHome(helm),
    ]);
    await pushCharts();
    const source = { url: `oci://${registry.host}/team/charts` };
    const behindAuth = { url: `oci://${locked.host}/team`, charts: ["web"] };
    mirror = await startMirror(
      {
        listed: { sources: [ociSource({ ...source, charts: ["web", "own", "sealed", "not-there"] })] },
        catalog: {
          interval: 3600,
          budget: { subrequests: 3000 },
          sources: [ociSource({ ...source, charts: "catalog" })],
        },
        right: { sources: [ociSource({ ...behindAuth, credentials: "RIGHT" })] },
        wrong: { sources: [ociSource({ ...behindAuth, credentials: "WRONG" })] },
        none: { sources: [ociSource(behindAuth)] },
      },
      { secrets: { RIGHT: `${auth.user}:${auth.password}`, WRONG: `${auth.user}:a guess` } },
    );
    for (const name of ["listed", "catalog"]) {
      await mirror.waitFor(
        name,
        ({ versions, sources }) => versions.listed === pushed.size && sources[0]?.registry?.kept === 1,
      );
    }
  });
  afterAll(async () => {
    await mirror.stop();
    await home[Symbol.asyncDispose]();
    await Promise.all([registry, locked].map((one) => one[Symbol.asyncDispose]()));
  });

  async function pushCharts(): Promise<void> {
    const to = `${registry.host}/team/charts`;
    await helmPush(home, to, sealed);
    for (const [key, archive] of pushed) {
      if (archive !== sealed.archive) await helmPush(home, to, { file: `${key}.tgz`, archive });
    }
    sign(signature, `sha256:${(await inRegistry("web", "2.0.0")).digest}`, "sig");
    await pushContent(registry, "team/charts/web", signature);
    const { fields } = await inRegistry("web", "2.0.0");
    const blob = { digest: fields.config?.digest ?? "", from: "team/charts/web" };
    await Promise.all(withoutTags.map((name) => mountBlob(registry, `team/charts/${name}`, blob)));
    await helmLogin(home, locked.host, auth);
    const archive = await smallChart("web", "1.0.0");
    await helmPush(home, `${locked.host}/team`, { file: "web-1.0.0.tgz", archive });
  }

  /** What the registry itself answers for a tag. */
  async function inRegistry(
    chart: string,
    tag: string,
  ): Promise<{ bytes: Uint8Array; digest: string; fields: ManifestFields }> {
    const headers = { accept: mediaTypes.manifest };
    const answer = await registry.fetch(`/v2/team/charts/${chart}/manifests/${tag}`, { headers });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const fields = readManifest(bytes);
    if (fields === undefined) throw new Error(`${chart}:${tag} has no manifest`);
    expect(answer.headers.get("docker-content-digest")).toBe(`sha256:${sha256(bytes)}`);
    return { bytes, digest: sha256(bytes), fields };
  }

  async function blobInRegistry(chart: string, digest: string): Promise<Uint8Array> {
    const answer = await registry.fetch(`/v2/team/charts/${chart}/blobs/${digest}`);
    expect(answer.status).toBe(200);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async function folder(name: string): Promise<string> {
    await mkdir(home.file(name), { recursive: true });
    return home.file(name);
  }

  test.each(["listed", "catalog"])("every version is listed and served byte for byte: %s", async (name) => {
    const listed = await mirror.listed(name);
    expect(listed.map((one) => `${one.name}-${one.version}`).toSorted()).toEqual(
      [...pushed.keys()].toSorted(),
    );
    for (const { name: chart, version, urls, digest } of listed) {
      const served = await mirror.bytes(`${name}/${urls[0]}`);
      expect(served).toEqual(pushed.get(`${chart}-${version}`));
      expect(sha256(served)).toBe(digest);
    }
    expect((await mirror.status(name)).problems).toEqual([]);
  });

  test("the catalogue was read on both of its pages, and what has no tags is told, and no failure", async () => {
    const asked = (await registry.requests()).filter(({ target }) => target.startsWith("/v2/_catalog?"));
    expect(asked).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(asked[1]?.target).toContain("last=");
    const [source] = (await mirror.status("catalog")).sources;
    expect(source).toMatchObject({ state: "ok", versions: { shown: pushed.size, listed: pushed.size } });
    expect(source?.registry).toMatchObject({ charts: 3, absentCount: 1001, ignoredTags: 0 });
  });

  test("a chart listed by hand that the registry does not have is told", async () => {
    const [source] = (await mirror.status("listed")).sources;
    expect(source).toMatchObject({ state: "ok", registry: { charts: 3, absent: ["not-there"] } });
  });

  test("manifests, configs and archives are stored as the registry has them", async () => {
    for (const { key, chart, tag } of tagged) {
      const { bytes, digest, fields } = await inRegistry(chart, tag);
      expect(await mirror.stored(ociManifestKey(digest)), key).toEqual({
        bytes,
        mediaType: mediaTypes.manifest,
      });
      const config = fields.config?.digest ?? "";
      expect((await mirror.stored(ociBlobKey(hexOf(config))))?.bytes, key).toEqual(
        await blobInRegistry(chart, config),
      );
      const archive = fields.layers?.find(({ mediaType }) => mediaType === mediaTypes.chart)?.digest ?? "";
      const stored = await mirror.stored(archiveKey(hexOf(archive)));
      expect(stored?.bytes, key).toEqual(await blobInRegistry(chart, archive));
      expect(stored?.bytes, key).toEqual(pushed.get(key));
    }
  });

  test("a signature in the manner of cosign comes along, its manifest and its blobs as they are", async () => {
    const [source] = (await mirror.status("listed")).sources;
    expect(source?.registry?.kept).toBe(1);
    for (const { digest, bytes } of signature.manifests.values())
      expect(await mirror.stored(ociManifestKey(hexOf(digest)))).toEqual({
        bytes,
        mediaType: mediaTypes.manifest,
      });
    expect(signature.blobs.size).toBe(2);
    for (const [digest, bytes] of signature.blobs)
      expect((await mirror.stored(ociBlobKey(hexOf(digest))))?.bytes).toEqual(bytes);
  });

  test.each([
    ["listed", [...pushed.keys()]],
    ["catalog", [...pushed.keys()]],
    ["right", ["web-1.0.0"]],
  ])("the real Helm finds and pulls every version through the mirror: %s", async (name, keys) => {
    await home.succeed("repo", "add", name, mirror.urlOf(name));
    const search = await home.succeed("search", "repo", `${name}/`, "--versions", "--devel", "-o", "json");
    const found: { name: string; version: string }[] = JSON.parse(search);
    const shown = found.map((one) => `${one.name.slice(name.length + 1)}-${one.version}`);
    expect(shown.toSorted()).toEqual(keys.toSorted());
    for (const { name: chart, version } of found) {
      await home.succeed("pull", chart, "--version", version, "-d", await folder(name));
    }
    for (const key of keys) {
      const pulled = await readFile(home.file(`${name}/${key}.tgz`));
      expect(new Uint8Array(pulled), key).toEqual(pushed.get(key));
    }
  });

  test.each(["listed", "catalog"])("the real Helm verifies what is signed: %s", async (name) => {
    await writeFile(home.file("keyring.gpg"), sealed.keyring);
    const to = await folder(`verified-${name}`);
    const args = ["pull", "sealed", "--repo", mirror.urlOf(name), "-d", to];
    const { code, stdout, stderr } = await home.run(
      ...args,
      "--verify",
      "--keyring",
      home.file("keyring.gpg"),
    );
    const said = expect.stringContaining("Chart Publisher");
    expect({ code, said: stdout + stderr }).toEqual({ code: 0, said });
    expect(await readFile(join(to, `${sealed.file}.prov`), "utf8")).toBe(sealed.provenance);
  });

  test("a check with nothing new asks for lists of tags, and for nothing else", async () => {
    await mirror.sync("listed");
    registry.forgetRequests();
    await mirror.sync("listed");
    await mirror.sync("listed");
    const targets = new Set((await registry.requests()).map(({ method, target }) => `${method} ${target}`));
    const lists = ["not-there", "own", "sealed", "web"].map(
      (chart) => `GET /v2/team/charts/${chart}/tags/list?n=1000`,
    );
    expect([...targets].toSorted()).toEqual(lists);
  });

  test.each(["wrong", "none"])(
    "without the right password nothing is listed, and it is told: %s",
    async (name) => {
      const { sources, versions } = await mirror.waitFor(
        name,
        (status) => status.sources[0]?.state === "failing",
      );
      expect(sources[0]?.error).toMatchObject({ code: "unauthorized" });
      expect(sources[0]?.error?.message).not.toMatch(/a guess|l0ve/);
      expect(versions).toMatchObject({ listed: 0, stored: 0 });
      expect((await mirror.fetch(`${name}/index.yaml`)).status).not.toBe(200);
    },
  );
});

const hexOf = (digest: string): string => digest.replace("sha256:", "");
