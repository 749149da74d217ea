import { describe, expect, test } from "vitest";
import { versionSortKey } from "../../src/helm/version.ts";
import {
  type Harness,
  type IndexedVersion,
  indexOf,
  publishUpstream,
  sourceUrl,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

const other = `${sourceUrl}/b`;
const source = (url: string) => ({ kind: "http" as const, url, files: [], rewrites: [] });
const sources = [source(sourceUrl), source(other)];

/** Three versions whose archives lie at the other source. */
async function publishBelow(
  { upstream }: Harness,
  url: (version: string) => string,
): Promise<IndexedVersion[]> {
  const entries: IndexedVersion[] = [];
  for (const version of ["1.0.0", "2.0.0", "3.0.0"]) {
    const digest = await upstream.archive(`b/alpha-${version}.tgz`, version);
    entries.push({ chart: "alpha", version, digest, url: url(version) });
  }
  return entries;
}

test("nothing stays behind of an index that turned out to be broken", async () => {
  await withKeeper(async (harness) => {
    await publishUpstream(harness, 1);
    await harness.settle();
    await publishUpstream(harness, 3);
    const index = harness.upstream.files.get("index.yaml");
    const text = index instanceof Uint8Array ? new TextDecoder().decode(index) : "";
    harness.upstream.put("index.yaml", `${text}<<<<<<< HEAD\n`);
    harness.wait(600);
    await harness.settle();
    expect(statusOf(harness).sources[0]?.error?.code).toBe("conflict-markers");
    expect(harness.ledger.releases.ofVersion("alpha", versionSortKey("3.0.0") ?? "")).toEqual([]);
  });
});

test("a release that is forgotten takes its line along: its number may be given again", async () => {
  await withKeeper(async ({ ledger }) => {
    const entry = { chart: "alpha", name: "alpha", version: "1.0.0", urls: [], metadata: "{}" };
    const line = new TextEncoder().encode(entry.metadata);
    const id = ledger.releases.add({ entry, sortKey: "1", addresses: [], line, now: 0, agedFrom: 0 });
    expect(ledger.releases.line(id)).toEqual(line);
    ledger.releases.vanished([id], 0);
    expect(() => ledger.releases.line(id)).toThrow();
  });
});

describe("two sources", () => {
  test("an unfinished read of one takes nothing from the other", async () => {
    await withKeeper(
      async (harness) => {
        const entries = await publishBelow(harness, (version) => `${other}/alpha-${version}.tgz`);
        // One edge of a CDN has the new index, the next one still the old.
        const old = indexOf([]);
        let current = old;
        harness.upstream.files.set("index.yaml", ({ headers }) => {
          const etag = current === old ? '"old"' : '"new"';
          if (new Headers(headers).get("if-none-match") === etag) return new Response(null, { status: 304 });
          return new Response(current, { headers: { etag } });
        });
        harness.upstream.put("b/index.yaml", indexOf([]));
        await harness.settle();
        harness.wait(600);
        current = indexOf(entries);
        await harness.unit(); // two of three entries
        current = old;
        await harness.settle(); // 304 for the first source
        harness.upstream.put("b/index.yaml", indexOf(entries));
        harness.wait(600);
        await harness.settle(); // the second one has all of them
        harness.upstream.files.set("index.yaml", () => new Response("", { status: 500 }));
        for (let round = 0; round < 3; round += 1) {
          harness.wait(600);
          await harness.settle();
        }
        expect((await harness.index()).entries["alpha"]).toHaveLength(3);
      },
      { config: { sources, budget: { entries: 2, archives: 100, subrequests: 1000 } } },
    );
  });

  test.each([
    ["what a removed one was about to give holds up nothing", { digest: "0".repeat(64) }],
    ["an address that is corrected in the middle of the first read leaves nothing out", {}],
  ])("%s", async (_name, saidByTheFirst) => {
    await withKeeper(
      async (harness) => {
        const entries = await publishBelow(harness, (version) => `${other}/alpha-${version}.tgz`);
        harness.upstream.put(
          "index.yaml",
          indexOf(entries.map((entry) => ({ ...entry, ...saidByTheFirst }))),
        );
        harness.upstream.put("b/index.yaml", indexOf(entries));
        await harness.unit(); // two of three entries
        harness.parts.config = { ...harness.parts.config, sources: [source(other)] };
        await harness.settle();
        expect((await harness.index()).entries["alpha"]).toHaveLength(3);
      },
      { config: { sources: [source(sourceUrl)], budget: { entries: 2, archives: 100, subrequests: 1000 } } },
    );
  });

  test("together parse no more entries in a unit than its budget says", async () => {
    await withKeeper(
      async (harness) => {
        for (const [folder, chart] of [
          ["", "alpha"],
          ["b/", "beta"],
        ] as const) {
          const entries = [];
          for (const version of ["1.0.0", "2.0.0", "3.0.0"]) {
            const digest = await harness.upstream.archive(
              `${folder}${chart}-${version}.tgz`,
              `${chart} ${version}`,
            );
            entries.push({ chart, version, digest });
          }
          harness.upstream.put(`${folder}index.yaml`, indexOf(entries));
        }
        await harness.unit();
        expect(
          harness.ledger.figures.counts().pending + harness.ledger.figures.counts().stored,
        ).toBeLessThanOrEqual(4);
      },
      { config: { sources, budget: { entries: 4, archives: 100, subrequests: 1000 } } },
    );
  });
});
