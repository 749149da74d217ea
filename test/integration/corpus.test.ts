import { readFile } from "node:fs/promises";
import { noVersions } from "../../src/storage/status.ts";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type ListedVersion, type Mirror, startMirror } from "../support/mirror.ts";
import { sha256 } from "../support/published-charts.ts";
import { directorySite } from "../support/upstream/directory-site.ts";
import { type Site, sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const corpus = process.env["CHARTKEEP_CORPUS"] ?? "";
const helms = corpus === "" ? [] : await availableHelms();
const corpusIsNeeded = "needs real repositories: CHARTKEEP_CORPUS names the folder that holds them";

describe.skipIf(corpus !== "")("real repositories", () => {
  test(corpusIsNeeded, (context) => context.skip(corpusIsNeeded));
});

/** `published` is where the archives' absolute URLs lead on the web. */
const repositories = [
  { name: "podinfo", published: "https://stefanprodan.github.io/podinfo/", versions: 108, pulled: 108 },
  { name: "kedacore", published: "https://kedacore.github.io/charts/", versions: 106, pulled: 106 },
  { name: "ory", published: "https://k8s.ory.sh/helm/charts/", versions: 1447, pulled: 120 },
];

describe.skipIf(corpus === "").each(repositories)("$name", ({ name, published, versions, pulled }) => {
  let upstream: Upstream;
  let mirror: Mirror;
  let index: string;

  beforeAll(async () => {
    upstream = await startUpstream(sitesByFolder({ [name]: directorySite(join(corpus, name, "site")) }));
    const url = `${upstream.url}/${name}`;
    mirror = await startMirror({ [name]: { url, rewrites: [{ from: published, to: `${url}/` }] } });
    await mirror.sync(name, 100);
    index = await mirror.indexText(name);
  }, 120_000);
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  test(`lists every one of its ${versions} versions`, async () => {
    const expected = [...(await publishedDigests(name)).keys()];
    expect(expected).toHaveLength(versions);
    const listed = await mirror.listed(name);
    expect(listed.map(nameAndVersion).toSorted()).toEqual(expected.toSorted());
    const { versions: counts, problemCount, sources } = await mirror.status(name);
    expect(counts).toEqual({ ...noVersions, listed: versions, stored: versions });
    expect(problemCount).toBe(0);
    expect(sources).toMatchObject([{ state: "ok", error: null }]);
  });

  test("serves every archive with the bytes that the upstream has", async () => {
    const served = new Map<string, string>();
    for (const entry of await mirror.listed(name)) {
      served.set(nameAndVersion(entry), sha256(await mirror.bytes(`${name}/${entry.urls[0]}`)));
    }
    expect(served).toEqual(await publishedDigests(name));
  }, 60_000);

  test("serves all of it, index included, when the upstream's files are gone", async () => {
    upstream.site = nothing;
    const { sources } = await mirror.waitFor(name, (status) => status.sources[0]?.state === "failing");
    expect(sources[0]?.error?.code).toBe("not-found");
    expect(await mirror.indexText(name)).toBe(index);
    for (const { urls, digest } of await mirror.listed(name)) {
      expect(sha256(await mirror.bytes(`${name}/${urls[0]}`))).toBe(digest);
    }
  }, 60_000);

  test.skipIf(helms.length > 0)(helmIsNeeded, (context) => context.skip(helmIsNeeded));

  test.each(helms)(
    "is pulled by $name, equal to the upstream's bytes, with the upstream gone",
    async (helm) => {
      upstream.site = nothing;
      await using home = await helmHome(helm);
      await home.succeed("repo", "add", name, mirror.urlOf(name));
      const found: unknown[] = JSON.parse(
        await home.succeed("search", "repo", "--versions", "--devel", "-o", "json"),
      );
      expect(found).toHaveLength(versions);
      const chosen = spread(await mirror.listed(name), pulled);
      expect(chosen).toHaveLength(pulled);
      for (const { name: chart, version, digest } of chosen) {
        await home.succeed("pull", `${name}/${chart}`, "--version", version);
        expect(sha256(await readFile(home.file(`${chart}-${version}.tgz`)))).toBe(digest);
      }
    },
    120_000,
  );
});

const nothing: Site = async () => undefined;

/** `count` of the entries at even distances, the first and the last among them. */
function spread(entries: readonly ListedVersion[], count: number): ListedVersion[] {
  const step = (entries.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, at) => entries.slice(Math.round(at * step))[0]).filter(
    (entry) => entry !== undefined,
  );
}

const nameAndVersion = ({ name, version }: { name: string; version: string }): string => `${name} ${version}`;

/** SHA-256 of the files that the upstream's index names, by chart and version. */
async function publishedDigests(repository: string): Promise<Map<string, string>> {
  const site = join(corpus, repository, "site");
  const index: { entries: Record<string, ListedVersion[]> } = parse(
    await readFile(join(site, "index.yaml"), "utf8"),
  );
  const digests = new Map<string, string>();
  for (const entry of Object.values(index.entries).flat()) {
    const file = decodeURIComponent(basename(entry.urls[0]));
    digests.set(nameAndVersion(entry), sha256(await readFile(join(site, file))));
  }
  return digests;
}
