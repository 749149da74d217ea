import { describe, expect, test } from "vitest";
import { findReferrers, findSynthetic, findTag, tagsOf } from "../../src/registry/registry-line.ts";
import type { KeptManifest, RegistryVersion } from "../../src/storage/registry-lines.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";

const hex = (digit: string): string => digit.repeat(64);

const version = (tag: string, digit: string): RegistryVersion => ({
  kind: "version",
  tag,
  archive: { digest: hex(digit), size: 1 },
  line: { offset: 0, length: 1 },
  synthetic: { manifest: hex("a"), config: hex("b"), provenance: { digest: hex("c"), size: 2 } },
});

/** What its publisher wrote into it is meant to be taken for something else. */
const hostile: KeptManifest = {
  kind: "kept",
  tag: "sha256-0.sig",
  subject: hex("e"),
  descriptor: {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: hex("f"),
    size: 3,
    annotations: { tag: "2.0.0", kind: "version", subject: hex("d"), x: hex("a"), y: '{"kind":"version"' },
  },
};

const text = (...lines: object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const lines = text(hostile, version("1.0.0", "1"), version("2.0.0", "2"));

describe("in the lines of a chart", () => {
  test("a tag is found where it is a tag, and not where a publisher wrote it", () => {
    expect(findTag(lines, "2.0.0")).toEqual(version("2.0.0", "2"));
    expect(findTag(lines, "sha256-0.sig")).toEqual(hostile);
    expect(findTag(lines, "2.0")).toBeUndefined();
    expect(findTag(text(hostile), "2.0.0")).toBeUndefined();
  });

  test("a synthetic document is found by the version that it belongs to", () => {
    for (const digit of ["a", "b", "c"])
      expect(findSynthetic(lines, hex(digit))).toEqual(version("1.0.0", "1"));
    for (const digit of ["1", "e", "f"]) expect(findSynthetic(lines, hex(digit))).toBeUndefined();
  });

  test("referrers are those with the subject, and not those that speak of it", () => {
    expect(findReferrers(lines, hex("e"))).toEqual([hostile]);
    expect(findReferrers(lines, hex("d"))).toEqual([]);
  });

  test("all tags are listed, and nothing else", () => {
    expect(tagsOf(lines)).toEqual(["sha256-0.sig", "1.0.0", "2.0.0"]);
    const { tag: _, ...untagged } = hostile;
    expect(tagsOf(text(untagged))).toEqual([]);
    expect(tagsOf("")).toEqual([]);
  });

  test("tags are found in whatever order a line's fields are", () => {
    const { kind, ...rest } = version("3.0.0", "3");
    const turned = text({ ...rest, kind });
    expect(tagsOf(turned)).toEqual(["3.0.0"]);
    expect(findTag(turned, "3.0.0")).toEqual(version("3.0.0", "3"));
  });

  test.for([
    lines.slice(1),
    lines.slice(0, -9),
    text(version("1.0.0", "1")).replace('"size":1', '"size":-1'),
    text(version("1.0.0", "1")).replace(hex("b"), "b"),
  ])("half of a line, or one of another shape, is the storage's failure (%#)", (broken) => {
    expect(() => {
      for (const tag of ["sha256-0.sig", "1.0.0", "2.0.0"]) findTag(broken, tag);
    }).toThrow(StorageUnavailable);
  });
});
