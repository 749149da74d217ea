import { describe, expect, test } from "vitest";
import { collectEntries, summary } from "./collect-entries.ts";

const hex = "0123456789abcdef".repeat(4);

/** As Helm writes entries: keys in alphabetical order. */
function helmEntry(version: string): string {
  return `  - apiVersion: v2
    created: "2021-01-01T00:00:00Z"
    description: A chart
      of two lines
    digest: ${hex}
    name: demo
    urls:
    - https://example.org/demo-${version}.tgz
    version: ${version}
`;
}

/** As people write them. */
function handEntry(version: string): string {
  return `    - name: demo
      urls:
        - charts/demo-${version}.tgz
      version: ${version}
      description: A chart
      digest: ${hex}
      keywords:
        - web
        - proxy
      apiVersion: v2
`;
}

const oci = "  - name: demo\n    urls:\n    - oci://example.org/demo:1.9.0_b1\n    version: 1.9.0+b1\n";
const versions = ["1.12.0", "1.11.0-rc.10", "1.10.0"];
const helmIndex = `apiVersion: v1\nentries:\n  demo:\n${versions.map(helmEntry).join("")}`;
const handIndex = `apiVersion: v1\nentries:\n  demo:\n${versions.map(handEntry).join("")}`;

/** The versions that were read at every cut that went unnoticed. */
async function unnoticed(
  text: string,
  from: number,
): Promise<{ end: number; versions: string[]; closed: boolean }[]> {
  const found = [];
  for (let end = from; end < text.length; end += 1) {
    const collected = await collectEntries(text.slice(0, end));
    const { outcome } = collected;
    if (outcome.kind !== "complete") continue;
    found.push({ end, versions: summary(collected).map((line) => line.slice(5)), closed: outcome.closed });
  }
  return found;
}

describe("an index that is cut off", () => {
  test("is noticed at every byte of what Helm writes, except exactly behind an entry", async () => {
    const text = `${helmIndex}generated: "2021-01-01T00:00:00Z"\n`;
    const first = text.indexOf(":", text.indexOf("entries:") + 8);
    for (const { end, versions: read, closed } of await unnoticed(text, first)) {
      // Whatever passes has only whole entries, and as many as fit.
      expect(read).toEqual(versions.slice(0, read.length));
      const behindEntry = /version: \S+(?:\n *(?:-\s*)?)?$/.test(text.slice(0, end));
      expect(closed ? read.length : behindEntry).toBe(closed ? 3 : true);
    }
  });

  test("never yields a version that is not there, however it was written", async () => {
    for (const text of [helmIndex, handIndex]) {
      const second = text.indexOf("version: 1.12.0\n") + 20;
      for (const { versions: read } of await unnoticed(text, second)) {
        expect(read).toEqual(versions.slice(0, read.length));
      }
    }
  });

  test.each([
    ["behind a chart's key", `${helmIndex}  other:\n`],
    ["behind half a key", `${helmIndex}  oth`],
    ["behind a dash", `${helmIndex}  - `],
    ["in a quoted text", `${helmIndex}  - description: "half a`],
    ["before the version", helmIndex.slice(0, helmIndex.lastIndexOf("    version"))],
    ["inside the last version", helmIndex.slice(0, -2)],
    [
      "behind the version, where a digest should follow",
      handIndex.slice(0, handIndex.lastIndexOf("      digest")),
    ],
    ["inside a digest", handIndex.slice(0, handIndex.lastIndexOf("      keywords") - 5)],
    ["inside the first entry", `apiVersion: v1\nentries:\n  demo:\n${helmEntry("1.0.0").slice(0, 120)}\n`],
  ])("is unusable %s", async (_name, text) => {
    expect((await collectEntries(text)).outcome).toMatchObject({ kind: "unusable", code: "truncated" });
  });
});

describe("no false alarm", () => {
  test.each([
    ["without anything behind the entries", helmIndex],
    ["without a line break at the end", helmIndex.trimEnd()],
    ["written by hand", handIndex],
    ["written by hand, without a line break at the end", handIndex.trimEnd()],
    ["where the last entry alone has no URL", handIndex.replace(/urls:\n.*1\.10\.0\.tgz\n {6}/, "")],
    [
      "where the last entry alone has no digest",
      handIndex.replace(new RegExp(` {6}digest: ${hex}\n(?![^]*digest)`), ""),
    ],
    ["with an OCI reference and build metadata last", `${helmIndex}${oci}`.trimEnd()],
    ["with only blanks behind the last line", `${helmIndex}\n\n   `],
  ])("in an index %s", async (_name, text) => {
    expect((await collectEntries(text)).outcome).toMatchObject({ kind: "complete" });
  });
});
