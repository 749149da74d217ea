import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { fileKey } from "../../src/storage/keys.ts";
import { indexOf, sourceUrl, withKeeper } from "../support/keeper-harness.ts";

const other = `${sourceUrl}/b`;
const source = (url: string, files: string[] = []) => ({ url, files, rewrites: [] });
const sources = [source(sourceUrl), source(other)];

describe("two sources", () => {
  test("both give a version's addresses, the preferred one first", async () => {
    await withKeeper(
      async (harness) => {
        const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
        // The second source lists it and has lost the file.
        harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
        harness.upstream.put("b/index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
        await harness.settle();
        expect((await harness.index()).entries["alpha"]).toHaveLength(1);
      },
      { config: { sources } },
    );
  });

  test("with different bytes for a version: the preferred one's are listed, whoever answers faster", async () => {
    await withKeeper(
      async (harness) => {
        const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "preferred");
        const slow = harness.upstream.files.get("alpha-1.0.0.tgz");
        harness.upstream.files.set("alpha-1.0.0.tgz", async () => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return new Response(slow instanceof Uint8Array ? slow : null);
        });
        const second = await harness.upstream.archive("b/alpha-1.0.0.tgz", "second");
        harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
        harness.upstream.put("b/index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest: second }]));
        await harness.settle();
        expect((await harness.index()).entries["alpha"]?.[0]?.digest).toBe(digest);
      },
      { config: { sources } },
    );
  });

  test("an unfinished read of one takes nothing from the other", async () => {
    await withKeeper(
      async (harness) => {
        const entries = [];
        for (const version of ["1.0.0", "2.0.0", "3.0.0"]) {
          const digest = await harness.upstream.archive(`b/alpha-${version}.tgz`, version);
          entries.push({ chart: "alpha", version, digest, url: `${other}/alpha-${version}.tgz` });
        }
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
        harness.upstream.put("b/index.yaml", indexOf(entries));
        await harness.settle(); // 304 for the first source; the second one has all of them
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

  test("an address that is corrected in the middle of the first read leaves nothing out", async () => {
    await withKeeper(
      async (harness) => {
        const entries = [];
        for (const version of ["1.0.0", "2.0.0", "3.0.0"]) {
          const digest = await harness.upstream.archive(`b/alpha-${version}.tgz`, version);
          entries.push({ chart: "alpha", version, digest, url: `${other}/alpha-${version}.tgz` });
        }
        harness.upstream.put("index.yaml", indexOf(entries));
        harness.upstream.put("b/index.yaml", indexOf(entries));
        await harness.unit(); // two of three entries
        harness.parts.config = { ...harness.parts.config, sources: [source(other)] };
        await harness.settle();
        expect((await harness.index()).entries["alpha"]).toHaveLength(3);
      },
      { config: { sources: [source(sourceUrl)], budget: { entries: 2, archives: 100, subrequests: 1000 } } },
    );
  });

  test("the preferred one's small files stay when only the other one's index changes", async () => {
    const files = ["artifacthub-repo.yml"];
    await withKeeper(
      async (harness) => {
        const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
        harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
        harness.upstream.put("b/index.yaml", indexOf([]));
        harness.upstream.put("artifacthub-repo.yml", "preferred\n");
        harness.upstream.put("b/artifacthub-repo.yml", "second\n");
        const text = harness.upstream.files.get("index.yaml");
        harness.upstream.files.set("index.yaml", ({ headers }) =>
          new Headers(headers).get("if-none-match") === '"one"'
            ? new Response(null, { status: 304 })
            : new Response(text instanceof Uint8Array ? text : null, { headers: { etag: '"one"' } }),
        );
        await harness.settle();
        const beta = await harness.upstream.archive("b/beta-1.0.0.tgz", "beta");
        harness.upstream.put("b/index.yaml", indexOf([{ chart: "beta", version: "1.0.0", digest: beta }]));
        harness.wait(600);
        await harness.settle();
        const stored = await env.BUCKET.get(fileKey(harness.repository, "artifacthub-repo.yml"));
        expect(await stored?.text()).toBe("preferred\n");
      },
      { config: { sources: [source(sourceUrl, files), source(other, files)] } },
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
            const digest = await harness.upstream.archive(`${folder}${chart}-${version}.tgz`, `${chart} ${version}`);
            entries.push({ chart, version, digest });
          }
          harness.upstream.put(`${folder}index.yaml`, indexOf(entries));
        }
        await harness.unit();
        expect(harness.ledger.releases.counts().pending + harness.ledger.releases.counts().stored).toBeLessThanOrEqual(4);
      },
      { config: { sources, budget: { entries: 4, archives: 100, subrequests: 1000 } } },
    );
  });
});
