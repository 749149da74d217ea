import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Helm, availableHelms, helmHome } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { Restoring } from "../support/restoring.ts";
import { signedChart } from "../support/signed-chart.ts";
import { directorySite } from "../support/upstream/directory-site.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const sealed = await signedChart("sealed", "1.2.3");
const hub = "repositoryID: 00000000-0000-0000-0000-000000000001\n";

describe("the branch of a mirrored repository was deleted", () => {
  const published = new PublishedCharts();
  let upstream: Upstream;
  let mirror: Mirror;
  /** The index on the last good day. */
  let lastIndex: Buffer;

  beforeAll(async () => {
    upstream = await startUpstream(sitesByFolder({ charts: published.site.site }));
    published.publish("gone", "1.0.0", { archive: await smallChart("gone", "1.0.0") });
    published.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    published.publish("web", "2.0.0+build.7", { archive: await smallChart("web", "2.0.0+build.7") });
    published.publish("sealed", "1.2.3", sealed);
    published.site.set("artifacthub-repo.yml", hub);
    mirror = await startMirror({
      charts: { url: `${upstream.url}/charts`, files: ["artifacthub-repo.yml"] },
    });
    await mirror.sync("charts");
    published.remove("gone", "1.0.0");
    published.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0", 2) });
    lastIndex = Buffer.from((await published.site.site("index.yaml"))?.bytes ?? []);
    await mirror.waitFor("charts", ({ versions }) => versions.stored === 5 && versions.pending === 0);
    upstream.site = async () => undefined;
    await mirror.waitFor("charts", ({ sources }) => sources.every(({ state }) => state === "failing"));
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  test("comes back as it was: its index byte for byte, with the archives that it lists, the re-released one too", async () => {
    await using restoring = await Restoring.begin();
    const restored = await restoring.run(mirror.urlOf("charts"));
    expect(restored).toMatchObject({ urls: "original", kept: ["gone 1.0.0"], elsewhere: [] });
    expect(restored.tally.trouble).toEqual([]);
    expect(await restoring.files()).toEqual([
      ".nojekyll",
      "artifacthub-repo.yml",
      "index.yaml",
      "sealed-1.2.3.tgz",
      "sealed-1.2.3.tgz.prov",
      "web-1.0.0.tgz",
      "web-2.0.0+build.7.tgz",
    ]);
    expect((await restoring.bytes("index.yaml")).equals(lastIndex)).toBe(true);
    expect(sha256(await restoring.bytes("web-1.0.0.tgz"))).toBe(sha256(await smallChart("web", "1.0.0", 2)));
    expect(String(await restoring.bytes("sealed-1.2.3.tgz.prov"))).toBe(sealed.provenance);
    expect(String(await restoring.bytes("artifacthub-repo.yml"))).toBe(hub);
    await expectHelmPulls(restoring, ["sealed 1.2.3", "web 1.0.0", "web 2.0.0+build.7"]);
  });

  test("comes back with everything that the mirror lists, under a new index", async () => {
    await using restoring = await Restoring.begin();
    const restored = await restoring.run(mirror.urlOf("charts"), { urls: "local" });
    expect(restored).toMatchObject({ urls: "local", lost: [] });
    expect(restored.tally.trouble).toEqual([]);
    expect(sha256(await restoring.bytes("web-1.0.0.tgz"))).toBe(sha256(await smallChart("web", "1.0.0")));
    await expectHelmPulls(restoring, ["gone 1.0.0", "sealed 1.2.3", "web 1.0.0", "web 2.0.0+build.7"]);
  });
});

/** With every helm that is here: at the upstream's place, each version can be had with the bytes in the branch. */
async function expectHelmPulls(restoring: Restoring, versions: readonly string[]): Promise<void> {
  await using pages = await startUpstream(directorySite(restoring.directory));
  for (const helm of helms) await pullAll(helm, pages.url, restoring, versions);
}

async function pullAll(
  helm: Helm,
  url: string,
  restoring: Restoring,
  versions: readonly string[],
): Promise<void> {
  await using home = await helmHome(helm);
  await home.succeed("repo", "add", "again", url);
  const found: { name: string; version: string }[] = JSON.parse(
    await home.succeed("search", "repo", "--versions", "-o", "json"),
  );
  expect(found.map(({ name, version }) => `${name.slice("again/".length)} ${version}`).toSorted()).toEqual(
    versions,
  );
  for (const { name, version } of found) {
    await home.succeed("pull", name, "--version", version);
    const file = `${name.slice("again/".length)}-${version}.tgz`;
    expect((await readFile(home.file(file))).equals(await restoring.bytes(file))).toBe(true);
  }
}
