import { describe, expect, test } from "vitest";
import {
  archiveAddress,
  isDigest,
  isRepositoryName,
  isTag,
  parseArchiveAddress,
  parseChartReference,
  parseDigest,
  registryOf,
  signatureSubject,
  tagOfVersion,
  versionOfTag,
} from "../../src/oci/reference.ts";

const hex = "ab".repeat(32);

test("a version and its tag lead to each other, build metadata included", () => {
  expect(tagOfVersion("1.2.3-rc.1+git.5+x")).toBe("1.2.3-rc.1_git.5_x");
  expect(versionOfTag("1.2.3-rc.1_git.5_x")).toBe("1.2.3-rc.1+git.5+x");
});

test.each([
  ["1.2.3", true],
  ["_x", true],
  ["v1.0.0_build", true],
  ["a".repeat(128), true],
  ["a".repeat(129), false],
  ["", false],
  [".hidden", false],
  ["-x", false],
  ["1.0+build", false],
  ["a/b", false],
  ["../x", false],
  ["a?b", false],
  ["1.0\n", false],
])("the tag %j: %s", (text, valid) => {
  expect(isTag(text)).toBe(valid);
});

test.each([
  ["podinfo", true],
  ["stefanprodan/charts/podinfo", true],
  ["a.b_c__d--e/f", true],
  ["a".repeat(255), true],
  ["a".repeat(256), false],
  ["", false],
  ["Upper", false],
  ["a//b", false],
  ["/a", false],
  ["a/", false],
  ["a/../b", false],
  ["a..b", false],
  ["a___b", false],
  ["a?b", false],
  ["a%2fb", false],
])("the repository name %j: %s", (text, valid) => {
  expect(isRepositoryName(text)).toBe(valid);
});

test("a long hostile name is refused at once", () => {
  expect(isRepositoryName(`${"a-".repeat(120)}!`)).toBe(false);
  expect(isRepositoryName(`${"a".repeat(1_000_000)}!`)).toBe(false);
});

test.each([
  [`sha256:${hex}`, hex],
  [`sha256:${hex.toUpperCase()}`, hex],
  [`sha512:${hex}${hex}`, undefined],
  [`sha256:${hex}0`, undefined],
  [hex, undefined],
  ["sha256:", undefined],
  ["", undefined],
])("the digest %j", (text, expected) => {
  expect(parseDigest(text)).toBe(expected);
});

test.each([
  [`sha256-${hex}`, hex],
  [`sha256-${hex}.sig`, hex],
  [`sha256-${hex}.att`, hex],
  [`sha256-${hex}.sbom`, hex],
  [`sha256-${hex}.exe`, undefined],
  [`sha256-${hex}0`, undefined],
  ["1.2.3", undefined],
])("the tag %j speaks of %s", (tag, subject) => {
  expect(signatureSubject(tag)).toBe(subject);
});

describe("an archive's address", () => {
  const source = "oci://ghcr.io/org/charts";

  test("leads back to the chart and the digest", () => {
    const address = archiveAddress(source, "podinfo", hex);
    expect(address).toBe(`oci://ghcr.io/org/charts/podinfo@sha256:${hex}`);
    expect(parseArchiveAddress(source, address)).toEqual({ chart: "podinfo", hex });
  });

  test.each([
    `oci://ghcr.io/other/podinfo@sha256:${hex}`,
    `oci://ghcr.io/org/charts2/podinfo@sha256:${hex}`,
    `oci://ghcr.io/org/charts/../x@sha256:${hex}`,
    `oci://ghcr.io/org/charts/@sha256:${hex}`,
    "oci://ghcr.io/org/charts/podinfo",
    "oci://ghcr.io/org/charts/podinfo@sha256:abc",
    "https://ghcr.io/org/charts/podinfo.tgz",
  ])("of another place is none: %s", (address) => {
    expect(parseArchiveAddress(source, address)).toBeUndefined();
  });
});

test.each([
  ["oci://ghcr.io/org/charts", false, "https://ghcr.io", "org/charts"],
  ["oci://ghcr.io", false, "https://ghcr.io", ""],
  ["oci://registry.local:5000/charts", true, "http://registry.local:5000", "charts"],
  ["oci://docker.io/bitnamicharts", false, "https://registry-1.docker.io", "bitnamicharts"],
  ["oci://index.docker.io/bitnamicharts", false, "https://registry-1.docker.io", "bitnamicharts"],
  ["oci://docker.io.example.com/x", false, "https://docker.io.example.com", "x"],
  ["oci://0x7f.1/x", false, "https://127.0.0.1", "x"],
])("the registry of %s", (url, plainHttp, origin, path) => {
  expect(registryOf(url, plainHttp)).toEqual({ origin, path });
});

test.each([
  ["oci://ghcr.io/org/charts/web:1.2.3", "oci://ghcr.io/org/charts", "web", "1.2.3"],
  [
    "oci://registry.example.com:5000/web:1.0.0+build.1",
    "oci://registry.example.com:5000",
    "web",
    "1.0.0_build.1",
  ],
  [`oci://ghcr.io/org/web@sha256:${hex}`, "oci://ghcr.io/org", "web", `sha256:${hex}`],
  [`oci://ghcr.io/org/web:1.0.0@sha256:${hex}`, "oci://ghcr.io/org", "web", `sha256:${hex}`],
])("an index may name the chart version %s", (text, registry, chart, reference) => {
  expect(parseChartReference(text)).toEqual({ registry, chart, reference });
});

test.each([
  "oci://ghcr.io/org/web",
  "oci://ghcr.io/web:",
  "oci://web:1.0.0",
  "oci://user:secret@ghcr.io/org/web:1.0.0",
  "oci://ghcr.io/org/Web:1.0.0",
  "oci://ghcr.io/org/web:1.0.0?raw=true",
  "oci://ghcr.io/org/web:1 0",
  "https://ghcr.io/org/web:1.0.0",
  "oci:///web:1.0.0",
])("%s names no chart version", (text) => {
  expect(parseChartReference(text)).toBeUndefined();
});

test.each([
  [`sha256:${hex}`, true],
  [`sha512:${hex}${hex}`, true],
  ["multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", true],
  [`sha256:${hex.toUpperCase()}`, false],
  [`sha256:${hex.slice(1)}`, false],
  [`sha512:${hex}`, false],
  [`SHA256:${hex}`, false],
  [`+sha256:${hex}`, false],
  ["sha256:", false],
  ["sha256", false],
  [`sha256:${hex}\n`, false],
  ["a:b c", false],
])("the digest %j: %s", (text, valid) => {
  expect(isDigest(text)).toBe(valid);
});
