import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256, smallChart } from "../support/published-charts.ts";
import { Restoring } from "../support/restoring.ts";
import { type StandInMirror, startStandInMirror, upstreamUrl } from "../support/stand-in-mirror.ts";

let mirror: StandInMirror;
let restoring: Restoring;
beforeEach(async () => {
  mirror = await startStandInMirror();
  restoring = await Restoring.begin();
});
afterEach(async () => {
  await restoring[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
});

const signatureOf = (archive: Uint8Array): string => `files: sha256:${sha256(archive)}\n`;
const release = "https://github.com/owner/charts/releases/download/web-1/web-1.0.0.tgz";

describe("with the upstream's own index", () => {
  test("writes it byte for byte, archives at its paths, provenance beside them, small files, .nojekyll", async () => {
    const signed = await smallChart("signed", "1.0.0");
    await mirror.both([
      { name: "web", version: "2.0.0", url: "stable/web-2.0.0.tgz" },
      { name: "web", version: "1.0.0", url: `${upstreamUrl}/web-1.0.0.tgz` },
      { name: "signed", version: "1.0.0", archive: signed, provenance: signatureOf(signed) },
    ]);
    const index = `# What came, as it came \r\n${await mirror.upstreamText()}`;
    mirror.upstreamIndex(Buffer.from(index));
    mirror.keepFile("artifacthub-repo.yml", "repositoryID: 1\n");

    const restored = await restoring.run(mirror.url);

    expect(restored).toMatchObject({ urls: "original", kept: [], lost: [], elsewhere: [] });
    expect(restored.tally).toMatchObject({ total: 3, done: 3, fetched: 3, there: 0, signed: 1, trouble: [] });
    expect(await restoring.files()).toEqual([
      ".nojekyll",
      "artifacthub-repo.yml",
      "index.yaml",
      "signed-1.0.0.tgz",
      "signed-1.0.0.tgz.prov",
      "stable/web-2.0.0.tgz",
      "web-1.0.0.tgz",
    ]);
    expect((await restoring.bytes("index.yaml")).equals(Buffer.from(index))).toBe(true);
    expect(new Uint8Array(await restoring.bytes("stable/web-2.0.0.tgz"))).toEqual(
      await smallChart("web", "2.0.0"),
    );
    expect(String(await restoring.bytes("signed-1.0.0.tgz.prov"))).toBe(signatureOf(signed));
  });

  test("counts what lies elsewhere, and names what the mirror has beyond it", async () => {
    await mirror.both([
      { name: "web", version: "1.0.0", url: release },
      { name: "web", version: "0.9.0" },
    ]);
    await mirror.list({ name: "gone", version: "3.0.0" });
    const restored = await restoring.run(mirror.url);
    expect(restored.elsewhere).toEqual([
      { place: "https://github.com/owner/charts", archives: 1, lacking: 0 },
    ]);
    expect(restored.kept).toEqual(["gone 3.0.0"]);
    expect(await restoring.files()).toEqual([".nojekyll", "index.yaml", "web-0.9.0.tgz"]);
  });

  test("fetches the digest that the index lists where the mirror lists another; tells it where that is missing", async () => {
    await mirror.both([
      { name: "web", version: "1.0.0" },
      { name: "web", version: "2.0.0" },
    ]);
    const index = await mirror.upstreamText();
    const [stored, lost] = [await smallChart("web", "1.0.0", 2), await smallChart("web", "2.0.0", 2)];
    mirror.store("web", "1.0.0", stored);
    mirror.upstreamIndex(
      index
        .replace(sha256(await smallChart("web", "1.0.0")), sha256(stored))
        .replace(sha256(await smallChart("web", "2.0.0")), sha256(lost)),
    );
    const { tally } = await restoring.run(mirror.url);
    expect(tally.trouble).toEqual([
      { kind: "missing", what: "web 2.0.0", why: expect.stringContaining(sha256(lost).slice(0, 12)) },
    ]);
    expect(sha256(await restoring.bytes("web-1.0.0.tgz"))).toBe(sha256(stored));
    expect(await restoring.files()).not.toContain("web-2.0.0.tgz");
  });

  test("is held to the source that is said, instead of the mirror's first one", async () => {
    await mirror.both([{ name: "web", version: "1.0.0", url: "https://charts.example.com/web-1.0.0.tgz" }]);
    expect((await restoring.run(mirror.url)).tally.total).toBe(0);
    await restoring.run(mirror.url, { sources: ["https://charts.example.com"] });
    expect(await restoring.files()).toContain("web-1.0.0.tgz");
  });

  test("wants to be told a source where the mirror has none, and says where there is no such index", async () => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    mirror.sources = [{ url: "oci://ghcr.io/owner/charts", kind: "oci" }];
    mirror.writeStatus();
    await expect(restoring.run(mirror.url)).rejects.toThrow(/--source URL/);
    mirror.site.delete("demo@upstream/index.yaml");
    await expect(restoring.run(mirror.url, { urls: "original" })).rejects.toThrow(
      /comes from registries alone.*--urls local/,
    );
  });
});

describe("with a new index", () => {
  test("is the way where the mirror has no index of the upstream's: everything, flat beside it", async () => {
    await mirror.list({ name: "web", version: "2.0.0" });
    await mirror.list({ name: "web", version: "1.0.0+build.7", provenance: "files: none\n" });
    const restored = await restoring.run(mirror.url);
    expect(restored.urls).toBe("local");
    expect(await restoring.files()).toEqual([
      ".nojekyll",
      "index.yaml",
      "web-1.0.0+build.7.tgz",
      "web-1.0.0+build.7.tgz.prov",
      "web-2.0.0.tgz",
    ]);
    const index = String(await restoring.bytes("index.yaml"));
    expect(index).toMatch(/^apiVersion: "v1"\nentries:\n {2}"web":\n {4}- "name": "web"\n/);
    expect(index).toContain(`"digest": "${sha256(await smallChart("web", "2.0.0"))}"`);
    expect(index).toContain('generated: "2026-11-01T10:00:00Z"');
  });

  test("brings in what lies elsewhere, and names what only the upstream's index has", async () => {
    await mirror.both([{ name: "web", version: "1.0.0", url: release }]);
    const index = await mirror.upstreamText();
    mirror.upstreamIndex(index.replaceAll("1.0.0", "1.0.1"));
    const restored = await restoring.run(mirror.url, { urls: "local" });
    expect(restored.lost).toEqual(["web 1.0.1"]);
    expect(await restoring.files()).toContain("web-1.0.0.tgz");
  });

  test("drops fields that Helm does not know, which would cost it the whole index", async () => {
    await mirror.list({ name: "web", version: "1.0.0", fields: { sha: "x", appVersion: "1.0" } });
    await restoring.run(mirror.url);
    const index = String(await restoring.bytes("index.yaml"));
    expect(index).not.toContain("sha:");
    expect(index).toContain('"appVersion": "1.0"');
  });
});
