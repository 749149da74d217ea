import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ListedVersion, type Mirror, startMirror } from "../support/mirror.ts";
import type { HttpMirrored } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { signedChart } from "../support/signed-chart.ts";
import { htmlPage, redirect, status } from "../support/upstream/faults.ts";
import { MemorySite, sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

/** One repository a test, all kept by one Worker. */
const names = [
  "new-version",
  "wrong-digest",
  "wrong-digest-healed",
  "re-released",
  "removed",
  "chart-removed",
  "late-provenance",
  "html-provenance",
  "files",
  "no-digest",
  "html-archive",
  "missing-archive",
  "too-large",
  "other-host",
  "rewritten",
  "prefixed-digest",
  "odd-entries",
] as const;
type Name = (typeof names)[number];

const settings: Partial<Record<Name, HttpMirrored>> = {
  files: { files: ["artifacthub-repo.yml", "pgp_keys.asc"] },
  "too-large": { limits: { archiveBytes: 10_000 } },
};

describe.concurrent("what an upstream does to its releases", () => {
  const published = new Map<string, PublishedCharts>(names.map((name) => [name, new PublishedCharts()]));
  const elsewhere = new MemorySite();
  let upstream: Upstream;
  let other: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    const sites = [...published].map(([name, { site }]) => [name, site.site]);
    upstream = await startUpstream(sitesByFolder(Object.fromEntries(sites)));
    other = await startUpstream(elsewhere.site);
    const rewrites = [{ from: "https://charts.example.com/", to: `${other.url}/` }];
    mirror = await startMirror(
      Object.fromEntries(
        names.map((name) => [name, { url: `${upstream.url}/${name}`, rewrites, ...settings[name] }]),
      ),
    );
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
    await other.close();
  });

  /** The upstream of a test's own repository. */
  const upstreamOf = (name: Name): PublishedCharts => published.get(name) ?? new PublishedCharts();

  async function versions(name: Name): Promise<string[]> {
    return (await mirror.listed(name)).map(({ version }) => version);
  }

  async function archiveOf(name: Name, { urls }: ListedVersion): Promise<Uint8Array> {
    return await mirror.bytes(`${name}/${urls[0]}`);
  }

  test("a new version is listed and served", async () => {
    const charts = upstreamOf("new-version");
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    await mirror.sync("new-version");
    charts.publish("web", "1.1.0", { archive: await smallChart("web", "1.1.0") });
    await mirror.sync("new-version");
    const listed = await mirror.listed("new-version");
    expect(listed.map(({ version }) => version)).toEqual(["1.1.0", "1.0.0"]);
    for (const entry of listed) {
      expect(await archiveOf("new-version", entry)).toEqual(await smallChart("web", entry.version));
    }
  });

  test("a version whose bytes have another digest is not listed, and told with both digests", async () => {
    const charts = upstreamOf("wrong-digest");
    const archive = await smallChart("web", "1.1.0");
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    charts.publish("web", "1.1.0", { archive, entry: { digest: "0".repeat(64) } });
    const { versions: counts, problems } = await mirror.sync("wrong-digest");
    expect(await versions("wrong-digest")).toEqual(["1.0.0"]);
    expect(counts).toMatchObject({ listed: 1, stored: 1, failed: 1 });
    expect(problems).toMatchObject([{ chart: "web", version: "1.1.0", code: "digest-mismatch" }]);
    expect(problems[0]?.message).toContain("0".repeat(64));
    expect(problems[0]?.message).toContain(sha256(archive));
    for (const path of [`charts/${"0".repeat(64)}/web-1.1.0.tgz`, "web-1.1.0.tgz"]) {
      expect((await mirror.fetch(`wrong-digest/${path}`)).status).toBe(404);
    }
  });

  test("a wrong digest that the publisher corrects is forgiven", async () => {
    const charts = upstreamOf("wrong-digest-healed");
    const archive = await smallChart("web", "1.0.0");
    charts.publish("web", "1.0.0", { archive, entry: { digest: "0".repeat(64) } });
    expect((await mirror.sync("wrong-digest-healed")).versions).toMatchObject({ listed: 0, failed: 1 });
    charts.publish("web", "1.0.0", { archive });
    await mirror.sync("wrong-digest-healed");
    expect(await mirror.bytes("wrong-digest-healed/web-1.0.0.tgz")).toEqual(archive);
  });

  test("a version released again keeps the bytes first seen, and the others can be had by digest", async () => {
    const charts = upstreamOf("re-released");
    const [first, second] = [await smallChart("web", "1.0.0", 1), await smallChart("web", "1.0.0", 2)];
    charts.publish("web", "1.0.0", { archive: first });
    await mirror.sync("re-released");
    const index = await mirror.indexText("re-released");
    charts.publish("web", "1.0.0", { archive: second });
    const { versions: counts, problems } = await mirror.sync("re-released");
    expect(counts).toMatchObject({ listed: 1, stored: 2 });
    expect(await mirror.indexText("re-released")).toBe(index);
    expect(await mirror.bytes("re-released/web-1.0.0.tgz")).toEqual(first);
    expect(await mirror.bytes(`re-released/charts/${sha256(first)}/web-1.0.0.tgz`)).toEqual(first);
    expect(await mirror.bytes(`re-released/charts/${sha256(second)}/web-1.0.0.tgz`)).toEqual(second);
    expect(problems).toMatchObject([{ chart: "web", version: "1.0.0", code: "re-released" }]);
    expect(problems[0]?.message).toContain(sha256(second));
  });

  test("a version that the upstream removes stays listed and served", async () => {
    const charts = upstreamOf("removed");
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
      charts.publish("web", version, { archive: await smallChart("web", version) });
    }
    await mirror.sync("removed");
    const index = await mirror.indexText("removed");
    charts.remove("web", "1.1.0");
    const { sources } = await mirror.sync("removed");
    expect(sources).toMatchObject([{ state: "ok" }]);
    expect(await mirror.indexText("removed")).toBe(index);
    expect(await mirror.bytes("removed/web-1.1.0.tgz")).toEqual(await smallChart("web", "1.1.0"));
  });

  test("a chart that the upstream removes stays listed beside what is new", async () => {
    const charts = upstreamOf("chart-removed");
    charts.publish("old", "1.0.0", { archive: await smallChart("old", "1.0.0") });
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    await mirror.sync("chart-removed");
    charts.remove("old", "1.0.0");
    charts.publish("web", "1.1.0", { archive: await smallChart("web", "1.1.0") });
    await mirror.sync("chart-removed");
    const listed = await mirror.listed("chart-removed");
    expect(listed.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "old 1.0.0",
      "web 1.1.0",
      "web 1.0.0",
    ]);
    for (const entry of listed) {
      const archive = await archiveOf("chart-removed", entry);
      expect(archive).toEqual(await smallChart(entry.name, entry.version));
    }
  });

  test("provenance comes along byte for byte, and is a 404 where there is none", async () => {
    const charts = upstreamOf("late-provenance");
    const sealed = await signedChart("sealed", "1.0.0");
    charts.publish("sealed", "1.0.0", sealed);
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    await mirror.sync("late-provenance");
    const [entry] = (await mirror.listed("late-provenance")).filter(({ name }) => name === "sealed");
    const served = await mirror.bytes(`late-provenance/${entry?.urls[0]}.prov`);
    expect(new TextDecoder().decode(served)).toBe(sealed.provenance);
    expect(await mirror.bytes("late-provenance/sealed-1.0.0.tgz.prov")).toEqual(served);
    expect((await mirror.fetch("late-provenance/web-1.0.0.tgz.prov")).status).toBe(404);
  });

  test("an HTML page with 200 is no provenance", async () => {
    upstream.fault(/^html-provenance\/.*\.prov$/, htmlPage());
    const archive = await smallChart("web", "1.0.0");
    upstreamOf("html-provenance").publish("web", "1.0.0", { archive });
    await mirror.sync("html-provenance");
    expect(await mirror.bytes("html-provenance/web-1.0.0.tgz")).toEqual(archive);
    expect((await mirror.fetch("html-provenance/web-1.0.0.tgz.prov")).status).toBe(404);
  });

  test("small files beside the index are mirrored as they are, and stay when the upstream loses them", async () => {
    const charts = upstreamOf("files");
    charts.site.set("artifacthub-repo.yml", "repositoryID: 1\n");
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    await mirror.sync("files");
    const answer = await mirror.fetch("files/artifacthub-repo.yml");
    expect(await answer.text()).toBe("repositoryID: 1\n");
    expect((await mirror.fetch("files/pgp_keys.asc")).status).toBe(404);
    charts.site.delete("artifacthub-repo.yml");
    charts.publish("web", "1.1.0", { archive: await smallChart("web", "1.1.0") });
    await mirror.sync("files");
    expect(await (await mirror.fetch("files/artifacthub-repo.yml")).text()).toBe("repositoryID: 1\n");
  });

  test("an entry without a digest gets the one that its bytes have", async () => {
    const archive = await smallChart("web", "1.0.0");
    upstreamOf("no-digest").publish("web", "1.0.0", { archive, entry: { digest: undefined } });
    await mirror.sync("no-digest");
    expect(await mirror.listed("no-digest")).toMatchObject([{ digest: sha256(archive) }]);
    expect(await mirror.bytes("no-digest/web-1.0.0.tgz")).toEqual(archive);
  });

  test("an HTML page in place of an archive is not listed, digest or no digest", async () => {
    upstream.fault(/^html-archive\/.*\.tgz$/, htmlPage());
    const charts = upstreamOf("html-archive");
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    const archive = await smallChart("web", "1.1.0");
    charts.publish("web", "1.1.0", { archive, entry: { digest: undefined } });
    const { versions: counts } = await mirror.sync("html-archive");
    expect(counts).toMatchObject({ listed: 0, failed: 2, pending: 0 });
  });

  test("an archive that is not there costs its own version only", async () => {
    upstream.fault(/^missing-archive\/.*1\.1\.0\.tgz$/, status(404));
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
      upstreamOf("missing-archive").publish("web", version, { archive: await smallChart("web", version) });
    }
    const { problems } = await mirror.sync("missing-archive");
    expect(await versions("missing-archive")).toEqual(["1.2.0", "1.0.0"]);
    expect(problems).toMatchObject([{ chart: "web", version: "1.1.0", code: "not-found" }]);
  });

  test("an archive beyond the limit is refused", async () => {
    const charts = upstreamOf("too-large");
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    charts.publish("web", "1.1.0", { archive: new Uint8Array(10_001) });
    const { problems } = await mirror.sync("too-large");
    expect(await versions("too-large")).toEqual(["1.0.0"]);
    expect(problems).toMatchObject([{ version: "1.1.0", code: "too-large" }]);
  });

  test("an archive may lie on another host, also behind a redirect", async () => {
    const charts = upstreamOf("other-host");
    for (const version of ["1.0.0", "1.1.0"]) {
      elsewhere.set(`web-${version}.tgz`, await smallChart("web", version));
    }
    upstream.fault(
      /^other-host\/.*1\.0\.0\.tgz$/,
      redirect(() => `${other.url}/web-1.0.0.tgz`),
    );
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    const urls = [`${other.url}/web-1.1.0.tgz`];
    charts.publish("web", "1.1.0", { archive: await smallChart("web", "1.1.0"), entry: { urls } });
    await mirror.sync("other-host");
    for (const entry of await mirror.listed("other-host")) {
      expect(await archiveOf("other-host", entry)).toEqual(await smallChart("web", entry.version));
    }
    expect(await versions("other-host")).toEqual(["1.1.0", "1.0.0"]);
  });

  test("rewrites fetch absolute URLs from another place", async () => {
    const archive = await smallChart("web", "3.0.0");
    elsewhere.set("stable/web-3.0.0.tgz", archive);
    const urls = ["https://charts.example.com/stable/web-3.0.0.tgz"];
    upstreamOf("rewritten").publish("web", "3.0.0", { archive, entry: { urls } });
    await mirror.sync("rewritten");
    expect(await mirror.bytes("rewritten/web-3.0.0.tgz")).toEqual(archive);
  });

  test("a digest with the prefix sha256: is read as the digest that it is", async () => {
    const archive = await smallChart("web", "1.0.0");
    upstreamOf("prefixed-digest").publish("web", "1.0.0", {
      archive,
      entry: { digest: `sha256:${sha256(archive)}` },
    });
    await mirror.sync("prefixed-digest");
    expect(await mirror.listed("prefixed-digest")).toMatchObject([{ digest: sha256(archive) }]);
  });

  test("entries that cannot be used cost themselves only, each with its reason", async () => {
    const charts = upstreamOf("odd-entries");
    const odd = async (version: string, entry: Record<string, string | string[]>) =>
      charts.publish("web", version, { archive: await smallChart("web", version), entry });
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    await odd("1.0.1", { version: "not a version" });
    await odd("1.0.2", { digest: "abc" });
    await odd("1.0.3", { urls: [] });
    await odd("1.0.4", { urls: ["ftp://example.com/web-1.0.4.tgz"] });
    await odd("1.0.5", { name: "../web" });
    const { versions: counts, problems } = await mirror.sync("odd-entries");
    expect(await versions("odd-entries")).toEqual(["1.0.0"]);
    expect(counts).toMatchObject({ listed: 1, dropped: 5, failed: 0 });
    expect(problems).toHaveLength(5);
    for (const { code, message } of problems) {
      expect(code).toMatch(/^[a-z-]+$/);
      expect(message).not.toBe("");
    }
  });
});
