import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256, smallChart } from "../support/published-charts.ts";
import { Restoring } from "../support/restoring.ts";
import { type StandInMirror, startStandInMirror } from "../support/stand-in-mirror.ts";

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
    await using other = await Restoring.begin();
    const outside = join(restoring.directory, "../outside");
    await mkdir(outside);
    await mkdir(join(other.directory, "web-1.0.0.tgz"), { recursive: true });
    await symlink(join(outside, "target"), join(other.directory, "signed-1.0.0.tgz"));
    const { tally } = await other.run(mirror.url, { force: true });
    expect(tally.trouble.map(({ why }) => why).toSorted()).toEqual([
      expect.stringContaining("signed-1.0.0.tgz is a link"),
      expect.stringContaining("web-1.0.0.tgz is a folder"),
    ]);
  });

  test("keeps Jekyll where the branch configures it", async () => {
    await using other = await Restoring.begin();
    await mkdir(other.directory, { recursive: true });
    await writeFile(join(other.directory, "_config.yml"), "theme: x\n");
    expect((await other.run(mirror.url)).noJekyll).toBe(false);
    expect(await other.files()).not.toContain(".nojekyll");
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

  test.each(["../evil", "a/b", "..", ".git", "index.yaml", "web-1.0.0.tgz", "x\\y"])(
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
