import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { archiveKey, provenanceKey } from "../../src/storage/keys.ts";
import { SmallMirror, listed, publish, statusIn, textOf, twoAndAll } from "../support/merged-harness.ts";

const provenance = "-----BEGIN PGP SIGNATURE-----";

describe("a merged repository", () => {
  test("lists what its members list, without a request and without copying an archive", async () => {
    const { mirror, a, b } = twoAndAll();
    const [alpha] = await publish(a, [["alpha", "1.0.0"]]);
    const [beta] = await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b");
    const puts: string[] = [];
    mirror.prepare = ({ parts }) => {
      const { bucket } = parts;
      parts.bucket = {
        get: bucket.get.bind(bucket),
        head: bucket.head.bind(bucket),
        delete: bucket.delete.bind(bucket),
        createMultipartUpload: bucket.createMultipartUpload.bind(bucket),
        put: new Proxy(bucket.put.bind(bucket), {
          apply: (target, self, parameters) => {
            puts.push(String(parameters[0]));
            return Reflect.apply(target, self, parameters);
          },
        }),
      };
      parts.fetch = () => Promise.reject(new Error("no request is allowed"));
    };
    await mirror.settle("all");
    expect(await listed(mirror, "all")).toEqual([`alpha 1.0.0 ${alpha}`, `beta 1.0.0 ${beta}`]);
    expect(puts.filter((key) => !key.startsWith(`repositories/${mirror.nameOf("all")}/`))).toEqual([]);
  });

  test("with a single member lists the same bytes under the same revision", async () => {
    const mirror = new SmallMirror();
    const a = mirror.add("a");
    mirror.merge("alias", ["a"]);
    await publish(a, [
      ["alpha", "1.0.0"],
      ["alpha", "2.0.0+build.7"],
    ]);
    await mirror.settle("a", "alias");
    expect(await textOf(mirror, "alias")).toBe(await textOf(mirror, "a"));
    const [ours, theirs] = await Promise.all([statusIn(mirror, "alias"), statusIn(mirror, "a")]);
    expect(ours.revision).toBe(theirs.revision);
  });

  test("hands on the provenance of its members, that of the preferred one first", async () => {
    const { mirror, a, b } = twoAndAll();
    const [alpha = ""] = await publish(a, [["alpha", "1.0.0"]]);
    const [, beta = ""] = await publish(b, [
      ["alpha", "1.0.0"],
      ["beta", "1.0.0"],
    ]);
    a.put("alpha-1.0.0.tgz.prov", `${provenance} a`);
    b.put("alpha-1.0.0.tgz.prov", `${provenance} b`);
    b.put("beta-1.0.0.tgz.prov", `${provenance} beta`);
    await mirror.settle("a", "b", "all");
    const stored = async (digest: string) =>
      await (await env.BUCKET.get(provenanceKey(mirror.nameOf("all"), digest)))?.text();
    expect(await stored(alpha)).toBe(`${provenance} a`);
    expect(await stored(beta)).toBe(`${provenance} beta`);
  });

  test("shows its members in the status, with what each contributes", async () => {
    const { mirror, a, b } = twoAndAll();
    await publish(a, [["alpha", "1.0.0"]]);
    await publish(b, [
      ["alpha", "1.0.0"],
      ["beta", "1.0.0"],
    ]);
    await mirror.settle("a", "b", "all");
    expect((await statusIn(mirror, "all")).sources).toMatchObject([
      { kind: "member", url: `member:${mirror.nameOf("a")}`, state: "ok", versions: { shown: 1, only: 0 } },
      { kind: "member", url: `member:${mirror.nameOf("b")}`, state: "ok", versions: { shown: 2, only: 1 } },
    ]);
  });

  test("may be a member itself, and what is new comes through all of them", async () => {
    const { mirror, a, b } = twoAndAll();
    mirror.merge("top", ["all"]);
    await publish(a, [["alpha", "1.0.0"]]);
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b", "all", "top");
    expect(await textOf(mirror, "top")).toBe(await textOf(mirror, "all"));
    await publish(a, [
      ["alpha", "1.0.0"],
      ["alpha", "2.0.0"],
    ]);
    mirror.wait(600);
    await mirror.settle("a");
    await mirror.settle("all");
    await mirror.settle("top");
    expect(await listed(mirror, "top")).toHaveLength(3);
  });

  test("keeps what its members listed once, whatever becomes of their upstreams", async () => {
    const { mirror, a, b } = twoAndAll();
    await publish(a, [["alpha", "1.0.0"]]);
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b", "all");
    const before = await textOf(mirror, "all");
    a.files.clear();
    for (let hours = 0; hours < 3; hours += 1) {
      mirror.wait(3600);
      await mirror.settle("a", "b", "all");
    }
    expect(await textOf(mirror, "all")).toBe(before);
    expect((await statusIn(mirror, "all")).sources).toMatchObject([{ state: "ok" }, { state: "ok" }]);
  });

  test("may have had sources of its own before: what it listed stays, what its member has comes", async () => {
    const mirror = new SmallMirror();
    const own = mirror.add("old");
    const [gone, kept] = await publish(own, [
      ["alpha", "1.0.0", "only here"],
      ["alpha", "2.0.0"],
    ]);
    const renamed = mirror.add("new");
    const [, added] = await publish(renamed, [
      ["alpha", "2.0.0"],
      ["alpha", "3.0.0"],
    ]);
    await mirror.settle("old", "new");
    mirror.merge("old", ["new"]);
    mirror.wait(600);
    await mirror.settle("new", "old");
    expect(await listed(mirror, "old")).toEqual([
      `alpha 3.0.0 ${added}`,
      `alpha 2.0.0 ${kept}`,
      `alpha 1.0.0 ${gone}`,
    ]);
  });

  test("is filled by a budget of a few entries and archives, and gets the same bytes", async () => {
    const mirror = new SmallMirror();
    const a = mirror.add("a");
    mirror.merge("small", ["a"], { budget: { entries: 2, archives: 2, subrequests: 1 } });
    await publish(
      a,
      Array.from({ length: 9 }, (_, minor) => ["alpha", `1.${minor}.0`]),
    );
    await mirror.settle("a", "small");
    expect(await textOf(mirror, "small")).toBe(await textOf(mirror, "a"));
  });

  test("is filled by a small budget while its member goes on publishing in front of what was read", async () => {
    const mirror = new SmallMirror();
    const a = mirror.add("a");
    mirror.merge("small", ["a"], { budget: { entries: 2, archives: 100, subrequests: 1 } });
    const versions: [string, string][] = [["zeta", "1.0.0"]];
    for (let minor = 0; minor < 6; minor += 1) {
      versions.push(["alpha", `1.${minor}.0`], ["alpha", `1.${minor}.1`], ["alpha", `1.${minor}.2`]);
      await publish(a, versions);
      mirror.wait(600);
      await mirror.settle("a");
      await mirror.on("small", (harness) => harness.unit());
      expect((await statusIn(mirror, "small")).sources).toMatchObject([{ error: null }]);
    }
    await mirror.settle("a", "small");
    expect(await textOf(mirror, "small")).toBe(await textOf(mirror, "a"));
  });
});

test("what is not in storage is not listed, and is as soon as it is there", async () => {
  const mirror = new SmallMirror();
  const a = mirror.add("a");
  mirror.merge("alias", ["a"]);
  const [first = ""] = await publish(a, [
    ["alpha", "1.0.0"],
    ["beta", "1.0.0"],
  ]);
  await mirror.settle("a");
  const archive = await (await env.BUCKET.get(archiveKey(first)))?.arrayBuffer();
  await env.BUCKET.delete(archiveKey(first));
  await mirror.settle("alias");
  expect(await listed(mirror, "alias")).toHaveLength(1);
  expect((await statusIn(mirror, "alias")).problems).toMatchObject([
    { chart: "alpha", version: "1.0.0", code: "not-found" },
  ]);
  await env.BUCKET.put(archiveKey(first), archive ?? "");
  mirror.wait(600);
  await mirror.settle("alias");
  expect(await listed(mirror, "alias")).toHaveLength(2);
});
