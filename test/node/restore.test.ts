import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CannotRestore } from "../../restore/cannot-restore.ts";
import { sha256, smallChart } from "../support/published-charts.ts";
import { Restoring } from "../support/restoring.ts";
import { type StandInMirror, startStandInMirror, upstreamUrl } from "../support/stand-in-mirror.ts";
import {
  type Fault,
  afterTimes,
  cutFile,
  endless,
  firstTimes,
  rateLimited,
  redirect,
  redirectLoop,
  resetAfter,
  slow,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";

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

describe("what is there already", () => {
  beforeEach(async () => {
    const signed = await smallChart("signed", "1.0.0");
    await mirror.both([
      { name: "web", version: "1.0.0" },
      { name: "signed", version: "1.0.0", archive: signed, provenance: signatureOf(signed) },
    ]);
    await restoring.run(mirror.url);
    mirror.server.forgetRequests();
  });

  test("with the right digest is not fetched again; what is missing comes in", async () => {
    await writeFile(join(restoring.directory, "mine.txt"), "mine");
    const before = await restoring.files();
    const { tally } = await restoring.run(mirror.url);
    expect(tally).toMatchObject({ fetched: 0, there: 2, signed: 1, trouble: [] });
    expect(mirror.server.requestsFor(/\.tgz$/)).toEqual([]);
    expect(await restoring.files()).toEqual(before);
  });

  test.each(["web-1.0.0.tgz", "signed-1.0.0.tgz.prov", "index.yaml"])(
    "with other bytes is left and told, and replaced with --force: %s",
    async (path) => {
      const right = await restoring.bytes(path);
      await writeFile(join(restoring.directory, path), "somebody's");
      const { tally } = await restoring.run(mirror.url);
      expect(tally.trouble).toEqual([
        { kind: "in-the-way", what: expect.stringContaining(path), why: expect.stringContaining("--force") },
      ]);
      expect(String(await restoring.bytes(path))).toBe("somebody's");
      expect((await restoring.run(mirror.url, { force: true })).tally.trouble).toEqual([]);
      expect((await restoring.bytes(path)).equals(right)).toBe(true);
    },
  );

  test("as a link or a folder is never written through or replaced, with --force neither", async () => {
    const other = await Restoring.begin();
    const outside = join(restoring.directory, "../outside");
    await mkdir(outside);
    await mkdir(join(other.directory, "web-1.0.0.tgz"), { recursive: true });
    await symlink(join(outside, "target"), join(other.directory, "signed-1.0.0.tgz"));
    const { tally } = await other.run(mirror.url, { force: true });
    expect(tally.trouble.map(({ why }) => why).toSorted()).toEqual([
      expect.stringContaining("signed-1.0.0.tgz is a link"),
      expect.stringContaining("web-1.0.0.tgz is a folder"),
    ]);
    await other[Symbol.asyncDispose]();
  });

  test("keeps Jekyll where the branch configures it", async () => {
    const other = await Restoring.begin();
    await mkdir(other.directory, { recursive: true });
    await writeFile(join(other.directory, "_config.yml"), "theme: x\n");
    expect((await other.run(mirror.url)).noJekyll).toBe(false);
    expect(await other.files()).not.toContain(".nojekyll");
    await other[Symbol.asyncDispose]();
  });
});

describe("a mirror that does not answer as it should", () => {
  const passing: [name: string, fault: Fault][] = [
    ["503", firstTimes(2, status(503))],
    ["429 with Retry-After", firstTimes(1, rateLimited(7))],
    ["a reset before the headers", firstTimes(2, resetAfter(0))],
    ["a reset in the body", firstTimes(2, resetAfter(100))],
    ["a body that breaks off", firstTimes(1, truncated(100))],
    [
      "a redirect within its origin",
      firstTimes(
        1,
        redirect((path) => `/${path}?again`),
      ),
    ],
  ];
  test.each(passing)("is asked again, and gives everything in the end: %s", async (_, fault) => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    for (const path of [/^status.json$/, /^demo\/index.yaml$/, /^demo@upstream/, /\.tgz$/]) {
      mirror.server.fault(path, fault);
    }
    const { tally } = await restoring.run(mirror.url);
    expect(tally).toMatchObject({ fetched: 1, trouble: [] });
    expect(sha256(await restoring.bytes("web-1.0.0.tgz"))).toBe(sha256(await smallChart("web", "1.0.0")));
  });

  test("is waited for as long as it asks, and longer each time", async () => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    mirror.server.fault(/\.tgz$/, firstTimes(1, rateLimited(7)));
    mirror.server.fault(/\.prov$/, firstTimes(3, status(500)));
    await restoring.run(mirror.url);
    const [asked = 0, first = 0, second = 0, third = 0] = restoring.waits;
    expect(asked).toBe(7000);
    expect([first >= 500, second >= 1000, third >= 2000, third <= 3000]).toEqual([true, true, true, true]);
  });

  const wrong: [name: string, fault: Fault, kind: string, why: RegExp][] = [
    ["other bytes", wrongBytes(), "mismatch", /the index lists [0-9a-f]{64}, the mirror gave bytes of/],
    ["a file that is cut off", cutFile(100), "mismatch", /the mirror gave bytes of/],
    ["500 without end", status(500), "failed", /: 500$/],
    ["404", status(404), "missing", /does not have it/],
    ["410", status(410), "missing", /does not have it/],
    ["403", status(403), "failed", /: 403$/],
    ["an endless body", endless(), "failed", /larger than \d+ bytes/],
    [
      "a redirect to elsewhere",
      redirect("https://evil.example/a.tgz"),
      "failed",
      /leads away from the mirror/,
    ],
    ["redirects in a circle", redirectLoop(), "failed", /more than 5 redirects/],
  ];
  test.each(wrong)("costs the one archive, of which nothing stays: %s", async (_, fault, kind, why) => {
    await mirror.both([
      { name: "web", version: "1.0.0" },
      { name: "bad", version: "1.0.0" },
    ]);
    mirror.server.fault(/bad-1.0.0.tgz$/, fault);
    const { tally } = await restoring.run(mirror.url);
    expect(tally.trouble).toEqual([{ kind, what: "bad 1.0.0", why: expect.stringMatching(why) }]);
    expect(await restoring.files()).toEqual([".nojekyll", "index.yaml", "web-1.0.0.tgz"]);
  });

  test("and is gone for good in the middle ends the run, to be gone on with", async () => {
    const versions = Array.from({ length: 40 }, (_, index) => ({ name: "web", version: `1.0.${index}` }));
    await mirror.both(versions);
    mirror.server.fault(/\.tgz$/, afterTimes(20, resetAfter(0)));
    const { stopped, tally } = await restoring.run(mirror.url);
    expect(stopped).toContain("does not answer any more");
    expect(tally.done).toBeLessThan(40);
    expect(await restoring.files()).not.toContain("index.yaml");
    mirror.server.clearFaults();
    const again = await restoring.run(mirror.url);
    expect(again.tally).toMatchObject({ done: 40, there: tally.fetched, trouble: [] });
    expect((await restoring.files()).length).toBe(42);
  });

  test("is asked for six archives at a time, and never for more", async () => {
    await mirror.both(Array.from({ length: 30 }, (_, index) => ({ name: "web", version: `1.0.${index}` })));
    mirror.server.fault(/\.tgz$/, slow(20));
    mirror.server.forgetRequests();
    await restoring.run(mirror.url);
    expect(mirror.server.concurrentMaximum).toBe(6);
  });

  test("tells of a provenance that does not speak of its archive, and writes it as it is", async () => {
    await mirror.both([{ name: "web", version: "1.0.0", provenance: "files: of another\n" }]);
    const { tally } = await restoring.run(mirror.url);
    expect(tally.trouble).toMatchObject([{ kind: "mismatch", what: "web-1.0.0.tgz.prov" }]);
    expect(String(await restoring.bytes("web-1.0.0.tgz.prov"))).toBe("files: of another\n");
  });
});

describe("nothing is begun", () => {
  test.each<[name: string, spoil: (mirror: StandInMirror) => void, why: RegExp]>([
    ["no mirror", ({ site }) => site.delete("status.json"), /no Chartkeep mirror answers at http:.*<mirror>\/<repository>/],
    ["a page", ({ site }) => site.set("status.json", "<html>"), /no Chartkeep mirror.*no JSON/],
    ["another JSON", ({ site }) => site.set("status.json", "[]"), /no Chartkeep mirror.*another one/],
    ["an unknown repository", ({ site }) => site.set("status.json", '{"repositories":{"b":{},"a":{}}}'), /has no repository demo; it has a, b/],
    ["nothing published yet", ({ server }) => server.fault(/^demo\/index/, status(503)), /cannot give its index: \/index.yaml: 503/],
    ["an index that is none", ({ site }) => site.set("demo/index.yaml", "{}"), /the mirror's index cannot be read/],
    ["an upstream's index that is none", (it) => it.upstreamIndex("<html>"), /the upstream's index cannot be read: .* --urls local/],
  ])("with %s", async (_, spoil, why) => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    spoil(mirror);
    const error: unknown = await restoring.run(mirror.url).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(CannotRestore);
    expect(String(error)).toMatch(why);
    expect(await restoring.files()).toEqual([]);
  }); // prettier-ignore

  test("with a file where the folder should be, which stays", async () => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    await mkdir(join(restoring.directory, ".."), { recursive: true });
    await writeFile(restoring.directory, "a file");
    await expect(restoring.run(mirror.url)).rejects.toThrow(
      /branch cannot be the branch's folder: a file stands there/,
    );
    expect(await readFile(restoring.directory, "utf8")).toBe("a file");
  });
});

describe("a hostile mirror or index", () => {
  test("writes nothing outside of the folder, nor into .git, and each refusal is told", async () => {
    const urls = ["../../a.tgz", "..%2f..%2fa.tgz", "/etc/a.tgz", "..\\a.tgz", ".git/hooks/a.tgz", "C%3A/a.tgz", "a%00.tgz", "index.yaml", "link/a.tgz"]; // prettier-ignore
    await mirror.both(urls.map((url, index) => ({ name: "web", version: `1.0.${index}`, url })));
    await mkdir(join(restoring.directory, ".git/hooks"), { recursive: true });
    await mkdir(join(restoring.directory, "../outside"));
    await symlink(join(restoring.directory, "../outside"), join(restoring.directory, "link"));
    const { tally, elsewhere } = await restoring.run(mirror.url, { force: true });
    expect(tally.trouble.map(({ kind }) => kind).toSorted()).toEqual([
      "in-the-way",
      ...Array.from({ length: 6 }, () => "refused"),
    ]);
    expect(elsewhere.reduce((sum, { archives }) => sum + archives, 0)).toBe(2);
    expect(await restoring.files()).toEqual([".nojekyll", "index.yaml", "link"]);
  });

  test.each(["../evil", "a/b", "..", ".git", "index.yaml", "x\\y"])(
    "names no small file %j",
    async (name) => {
      await mirror.both([{ name: "web", version: "1.0.0" }]);
      mirror.keepFile(name, "evil");
      const { tally } = await restoring.run(mirror.url);
      expect(tally.trouble).toMatchObject([{ kind: "refused", what: JSON.stringify(name) }]);
      expect(await restoring.files()).toEqual([".nojekyll", "index.yaml", "web-1.0.0.tgz"]);
    },
  );

  test("has no way into an archive's path by a name either", async () => {
    await mirror.list({ name: "web", version: "1.0.0" });
    const index = JSON.stringify({
      apiVersion: "v1",
      entries: { x: [{ name: "../../x", version: "1.0.0", urls: ["a"], digest: "a".repeat(64) }] },
    });
    mirror.site.set("demo/index.yaml", index);
    expect((await restoring.run(mirror.url)).tally.trouble).toMatchObject([
      { why: expect.stringContaining("cannot be a chart's name") },
    ]);
    expect(await restoring.files()).toEqual([".nojekyll", "index.yaml"]);
  });
});
