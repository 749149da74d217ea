import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { revisionKey } from "../../src/storage/keys.ts";
import { type Harness, indexOf, withKeeper } from "../support/keeper-harness.ts";
import { gunzip, latestIndex, publishedContents, publishedText } from "../support/published-documents.ts";

/** Publishes versions upstream, each with an archive of its own, and has them mirrored. */
async function mirror(harness: Harness, charts: Record<string, string[]>): Promise<void> {
  const versions = [];
  for (const [chart, list] of Object.entries(charts)) {
    for (const version of list) {
      const digest = await harness.upstream.archive(`${chart}-${version}.tgz`, `${chart} ${version}`);
      versions.push({ chart, version, digest });
    }
  }
  harness.upstream.put("index.yaml", indexOf(versions));
  harness.wait(600);
  await harness.settle();
}

const versionsIn = (entries: Record<string, { version: string }[]>) =>
  Object.fromEntries(Object.entries(entries).map(([chart, list]) => [chart, list.map((one) => one.version)]));

test.each([
  ["1.0.0 2.0.0", "2.0.0"],
  ["1.0.0 2.0.0 2.0.0-rc.1", "2.0.0"],
  ["2.0.0 3.0.0-rc.1 3.0.0-rc.2", "3.0.0-rc.2 2.0.0"],
  ["0.1.0-alpha 0.2.0-alpha", "0.2.0-alpha"],
])("of the versions %s, the latest are %s", async (versions, latest) => {
  await withKeeper(async (harness) => {
    await mirror(harness, { alpha: versions.split(" "), beta: ["1.0.0"] });
    const { entries } = await latestIndex(harness);
    expect(versionsIn(entries)).toEqual({ alpha: latest.split(" "), beta: ["1.0.0"] });
  });
});

describe("a revision's documents", () => {
  test("agree on sizes, forms and lines", async () => {
    await withKeeper(async (harness) => {
      await mirror(harness, { größe: ["1.0.0"], alpha: ["1.0.0", "2.0.0", "3.0.0-rc.1"] });
      const head = await harness.head();
      const [index, latest] = [await harness.indexText(), await publishedText(harness, "latest.json")];
      const bytes = new TextEncoder().encode(index);
      expect(head.bytes).toBe(bytes.byteLength);
      expect(head.latestBytes).toBe(new TextEncoder().encode(latest).byteLength);
      for (const [document, text, size] of [
        ["index.json.gz", index, head.gzipBytes],
        ["latest.json.gz", latest, head.latestGzipBytes],
      ] as const) {
        const object = await env.BUCKET.get(revisionKey(harness.repository, head.revision, document));
        expect(object?.size).toBe(size);
        expect(object === null ? "" : await gunzip(object.body)).toBe(text);
      }
      const { charts } = await publishedContents(harness);
      for (const { offset, length } of Object.values(charts)) {
        const lines = new TextDecoder().decode(bytes.subarray(offset, offset + length));
        expect(() => JSON.parse(`[${lines}]`)).not.toThrow();
      }
    });
  });

  test("rank the newest versions, ten of each kind at most, in lines of the index", async () => {
    await withKeeper(async (harness) => {
      const stable = Array.from({ length: 12 }, (_, minor) => `1.${minor}.0`);
      await mirror(harness, { alpha: [...stable, "1.11.0-rc.1", "2.0.0-rc.1"], beta: ["1.0.0"] });
      const lines = (await publishedText(harness, "newest.txt")).trimEnd().split("\n");
      const index = await harness.indexText();
      const told = lines.map((line) => {
        const rest = line.slice(1);
        if (line.startsWith("0")) return `0 ${rest}`;
        expect(index).toContain(`\n${rest}`);
        const { version }: { version: string } = JSON.parse(rest);
        return `${line[0]} ${version}`;
      });
      expect(told).toEqual([
        '0 "alpha"',
        "1 2.0.0-rc.1",
        ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "a"].map((mark, at) => `${mark} 1.${11 - at}.0`),
        '0 "beta"',
        "1 1.0.0",
      ]);
    });
  });

  test("tell a chart's entity tag, which changes with that chart alone", async () => {
    await withKeeper(async (harness) => {
      await mirror(harness, { alpha: ["1.0.0"], beta: ["1.0.0"] });
      const before = (await publishedContents(harness)).charts;
      await mirror(harness, { alpha: ["1.0.0"], beta: ["1.0.0", "2.0.0"] });
      const after = (await publishedContents(harness)).charts;
      expect(after["alpha"]?.etag).toBe(before["alpha"]?.etag);
      expect(after["beta"]?.etag).not.toBe(before["beta"]?.etag);
      expect(after["alpha"]?.etag).toMatch(/^[0-9a-f]{32}$/);
      expect(after["alpha"]?.etag).not.toBe(after["beta"]?.etag);
    });
  });

  test("are there even where nothing is listed any more", async () => {
    await withKeeper(async (harness) => {
      harness.ledger.listingChanged();
      harness.upstream.put("index.yaml", indexOf([]));
      await harness.settle();
      expect(JSON.parse(await publishedText(harness, "latest.json"))).toEqual({
        apiVersion: "v1",
        entries: {},
      });
      expect(await publishedText(harness, "newest.txt")).toBe("");
    });
  });
});
