import { describe, expect, test } from "vitest";
import { candidateCharts, type Found, findDigest, findVersion } from "../../src/edge/find-archive.ts";
import { linesOf } from "../../src/edge/lines-of.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);
const line = (version: string, url: string, more: object = {}) =>
  JSON.stringify({ name: "alpha", version, urls: [url], ...more });
const inParts = (text: string) => linesOf(new Blob([text]).stream());
const textOf = (found: Found) => (found.kind === "found" ? found.text : undefined);

describe("candidateCharts", () => {
  const charts = ["alpha", "alpha-beta", "alpha-beta-2", "beta", "alp"];
  test.for<[string, string[]]>([
    ["alpha-1.0.0.tgz", ["alpha"]],
    ["alpha-v1.0.0.tgz", ["alpha"]],
    ["alpha-beta-1.0.0.tgz", ["alpha-beta"]],
    ["alpha-beta-2-1.0.0.tgz", ["alpha-beta-2", "alpha-beta"]],
    ["alpha-beta.tgz", []],
    ["alpha.tgz", []],
    ["gamma-1.0.0.tgz", []],
  ])("%s may belong to %j", ([file, expected]) => {
    expect(candidateCharts(file, charts)).toEqual(expected);
  });
});

describe("findDigest", () => {
  const lines = [
    line("2.0.0", `charts/${a}/alpha-2.0.0.tgz`, { sources: [`https://x/charts/${b}/alpha-1.0.0.tgz`] }),
    line("1.0.0+up1", `charts/${b}/alpha-1.0.0+up1.tgz`),
    line("1.0.0", `charts/${b}/alpha-1.0.0.tgz`, { description: `"urls":["charts/${a}/alpha-1.0.0.tgz"]` }),
    line("0.9.0", `charts/${a}/alpha-0.9.0%2Bx.tgz`),
    line("0.8.0", "https://elsewhere/alpha-0.8.0.tgz"),
    line("0.7.0", "charts/../alpha-0.7.0.tgz"),
  ].join(",\n");

  test.for<[string, string | undefined]>([
    ["alpha-2.0.0.tgz", a],
    ["alpha-1.0.0.tgz", b],
    ["alpha-1.0.0+up1.tgz", b],
    ["alpha-0.9.0+x.tgz", a],
    ["alpha-0.8.0.tgz", undefined],
    ["alpha-0.7.0.tgz", undefined],
    ["0.0.tgz", undefined],
    [`alpha-1.0.0.tgz","`, undefined],
  ])("finds the link of %s and nothing that only looks like one", async ([file, digest]) => {
    expect(textOf(await findDigest(inParts(lines), file))).toBe(digest);
  });
});

describe("findVersion", () => {
  const dependencies = Array.from({ length: 50 }, () => ({ name: "x", version: "1.0.0" }));
  const first = line("2.0.0-rc.1", "x", { dependencies, description: `"version":"1.0.0"` });
  const second = line("1.1.0", "x");
  const third = line("1.0.0", "x", { dependencies });
  const lines = [first, second, third].join(",\n");

  test.for<[string, string | undefined]>([
    ["2.0.0-rc.1", first],
    ["1.1.0", second],
    ["1.0.0", third],
    ["latest", second],
    ["1.0", undefined],
    ["", undefined],
    [`1.0.0","x":"`, undefined],
  ])("finds the line of %j itself, and none that only mentions it", async ([version, found]) => {
    expect(textOf(await findVersion(inParts(lines), version))).toBe(found);
  });

  test("takes the newest for the latest where none is stable", async () => {
    expect(textOf(await findVersion(inParts(first), "latest"))).toBe(first);
    expect(await findVersion(inParts(""), "latest")).toEqual({ kind: "absent", newest: [] });
  });
});

test("what is absent is told with the first versions, of which what is no entry is passed over", async () => {
  const texts = ["2.0.0", "1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"].map((version) => line(version, "x"));
  const lines = ["nonsense", ...texts].join(",\n");
  const newest = ["2.0.0", "1.4.0", "1.3.0", "1.2.0"];
  expect(await findVersion(inParts(lines), "9.9.9")).toEqual({ kind: "absent", newest });
  expect(await findDigest(inParts(lines), "alpha-9.9.9.tgz")).toEqual({ kind: "absent", newest });
});

describe("linesOf", () => {
  const text = "žluť,\n\nkůň\n";

  test("puts lines together wherever the parts of the text begin and end", async () => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at += 1) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const part of [bytes.slice(0, at), bytes.slice(at)]) controller.enqueue(part);
          controller.close();
        },
      });
      expect(await Array.fromAsync(linesOf(body))).toEqual(text.split("\n"));
    }
  });

  test("reads no further than somebody wants to know", async () => {
    let given = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += 1;
        controller.enqueue(new TextEncoder().encode(`${line(`${given}.0.0`, "x")},\n`));
      },
      cancel() {
        cancelled = true;
      },
    });
    expect(textOf(await findVersion(linesOf(endless), "3.0.0"))).toBe(line("3.0.0", "x"));
    expect(given).toBeLessThan(10);
    expect(cancelled).toBe(true);
  });

  test("a store that breaks off is one that fails", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("the store is down")),
    });
    await expect(Array.fromAsync(linesOf(broken))).rejects.toThrow(StorageUnavailable);
  });
});
