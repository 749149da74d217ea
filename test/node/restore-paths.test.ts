import { join, sep } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CannotRestore } from "../../restore/cannot-restore.ts";
import { locate, whyNotInBranch } from "../../restore/branch-path.ts";
import { readMirrorAddress } from "../../restore/mirror-address.ts";

const source = "https://owner.github.io/charts";

describe("an archive that an index locates", () => {
  test.each([
    ["podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["./podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["stable/a/podinfo-1.0.0.tgz", "stable/a/podinfo-1.0.0.tgz"],
    ["stable/../podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["../charts/podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["/charts/podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["//owner.github.io/charts/a.tgz", "a.tgz"],
    ["a-1.0.0%2Bbuild.7.tgz", "a-1.0.0+build.7.tgz"],
    ["a-1.0.0+build.7.tgz?raw=true#x", "a-1.0.0+build.7.tgz"],
    [`${source}/podinfo-1.0.0.tgz`, "podinfo-1.0.0.tgz"],
    ["http://owner.github.io/charts/podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["HTTPS://Owner.GitHub.io/charts/sub/podinfo-1.0.0.tgz", "sub/podinfo-1.0.0.tgz"],
    ["https://charts.example.com/old/podinfo-1.0.0.tgz", "podinfo-1.0.0.tgz"],
    ["a.git/podinfo-1.0.0.tgz", "a.git/podinfo-1.0.0.tgz"],
  ])("in the branch keeps its path: %s", (url, path) => {
    expect(locate(url, [source, "https://charts.example.com/old"])).toEqual({ kind: "here", path });
  });

  test.each([
    ["https://github.com/owner/charts/releases/download/a-1/a-1.0.0.tgz", "https://github.com/owner/charts"],
    ["oci://ghcr.io/owner/charts/a:1.0.0", "oci://ghcr.io/owner/charts"],
    ["https://owner.github.io/charts-old/a.tgz", "https://owner.github.io/charts-old"],
    ["https://owner.github.io:8443/charts/a.tgz", "https://owner.github.io:8443/charts"],
    ["https://owner.github.io.evil.example/charts/a.tgz", "https://owner.github.io.evil.example/charts"],
    ["../a.tgz", "https://owner.github.io"],
    ["../../../../etc/a.tgz", "https://owner.github.io/etc"],
    ["%2e%2e/%2E%2e/etc/a.tgz", "https://owner.github.io/etc"],
    ["/etc/cron.d/a.tgz", "https://owner.github.io/etc/cron.d"],
    ["file:///etc/a.tgz", "file:///etc"],
  ])("elsewhere is no part of it: %s", (url, place) => {
    expect(locate(url, [source])).toEqual({ kind: "elsewhere", place });
  });

  test.each([
    ["..%2f..%2fetc%2fa.tgz", "hides a path"],
    ["%2e%2e%2f%2e%2e%2fetc/a.tgz", "hides a path"],
    ["..%5c..%5ca.tgz", "hides a path"],
    ["..\\..\\a.tgz", "backslash"],
    ["sub\\a.tgz", "backslash"],
    ["a%00.tgz", "control"],
    ["a%0a.tgz", "control"],
    ["C%3A/Windows/a.tgz", "colon"],
    ["a.tgz%3Astream.tgz", "colon"],
    ["sub//a.tgz", "segment that is none"],
    [".git/hooks/a.tgz", "git's own folder"],
    ["sub/.GIT/a.tgz", "git's own folder"],
    ["%2egit/a.tgz", "git's own folder"],
    ["git~1/a.tgz", "git's own folder"],
    [".g%E2%80%8Cit/a.tgz", "control or formatting"],
    [".git%20/a.tgz", "ends in a dot or a blank"],
    [".git./a.tgz", "ends in a dot or a blank"],
    [".chartkeep-restore/1.tgz", "the restore's own folder"],
    ["index.yaml", "does not end in .tgz"],
    [".nojekyll", "does not end in .tgz"],
    [".github/workflows/a.yml", "does not end in .tgz"],
    ["", "segment that is none"],
    ["a%E0.tgz", "escape that is none"],
    ["https://", "is not a URL"],
    [`${"a".repeat(252)}.tgz`, "too long"],
  ])("is refused, and said why: %s", (url, why) => {
    expect(locate(url, [source])).toEqual({ kind: "refused", why: expect.stringContaining(why) });
  });

  test("never leaves the folder, whatever the index says", () => {
    const part = fc.constantFrom(
      "..",
      ".",
      "%2e",
      "/",
      "\\",
      "%2f",
      "%5c",
      "%00",
      ".git",
      ":",
      "C:",
      "a",
      "?",
      "#",
      "@",
    );
    const hostile = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join("")),
    );
    const property = fc.property(hostile, fc.boolean(), (text, isAbsolute) => {
      const location = locate(`${isAbsolute ? `${source}/` : ""}${text}.tgz`, [source]);
      if (location.kind !== "here") return;
      expect(join("/branch", location.path).split(sep).join("/")).toBe(`/branch/${location.path}`);
      expect(location.path).not.toMatch(/(^|\/)(\.\.?|\.git)(\/|$)|[\\:\p{Cc}]/iu);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});

test.each(["..", ".", "", "a/b", "a\\b", ".git", "a\0b", "C:", "\u202Egpj.tgz"])(
  "%j names no file of a branch",
  (name) => {
    expect(whyNotInBranch([name])).toBeTypeOf("string");
  },
);

describe("the address of a repository", () => {
  test.each([
    ["https://charts.example.com/podinfo", "https://charts.example.com"],
    ["https://charts.example.com/podinfo/", "https://charts.example.com"],
    ["http://localhost:8790/podinfo/index.yaml", "http://localhost:8790"],
    ["https://example.com/mirror/podinfo", "https://example.com/mirror"],
  ])("%s", (text, mirror) => {
    expect(readMirrorAddress(text)).toEqual({ mirror, repository: "podinfo" });
  });

  test.each([
    ["podinfo", "is not an https:// or http:// address"],
    ["oci://ghcr.io/podinfo", "is not an https:// or http:// address"],
    ["https://charts.example.com/", "names no repository"],
    ["https://charts.example.com/podinfo@latest", "a view of one"],
    ["https://user:secret@charts.example.com/podinfo", "more than a path"],
    ["https://charts.example.com/podinfo?x=1", "more than a path"],
  ])("is refused, and said how to write it: %s", (text, why) => {
    expect(() => readMirrorAddress(text)).toThrow(CannotRestore);
    expect(() => readMirrorAddress(text)).toThrow(why);
    expect(() => readMirrorAddress(text)).toThrow("https://charts.example.com/podinfo");
  });
});
