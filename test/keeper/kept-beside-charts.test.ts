import { describe, expect, test } from "vitest";
import type { KeptRow } from "../../src/keeper/kept-table.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { publishUpstream, requireEveryArchive, withKeeper } from "../support/keeper-harness.ts";
import { publishedText, registryLines } from "../support/published-documents.ts";
import { hour, live, registrySource } from "../support/registry-harness.ts";

async function sign(registry: FakeRegistry, manifest: string, text: string): Promise<string> {
  const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
  const document = { schemaVersion: 2, config, layers: [], annotations: { text } };
  return await registry.putManifest("alpha", `sha256-${manifest}.sig`, document);
}

describe("what is kept beside charts", () => {
  test("is told in the same way by a Keeper that has lost its ledger, whatever tags led to before", async () => {
    const repository = "kept-adopted";
    let before = "";
    await withKeeper(
      async (harness) => {
        const registry = new FakeRegistry();
        harness.parts.fetch = registry.fetch;
        harness.parts.config = { ...harness.parts.config, sources: [registrySource({ recheck: hour })] };
        const manifests: string[] = [];
        for (const version of ["1.0.0", "2.0.0", "3.0.0", "4.0.0"]) {
          manifests.push((await registry.push("alpha", version, version)).manifest);
        }
        for (const text of ["first", "second"]) {
          for (const manifest of manifests) await sign(registry, manifest, `${text} ${manifest}`);
          await live(harness, 2 * hour);
        }
        before = await publishedText(harness, "registry.txt");
      },
      { repository },
    );
    await withKeeper(
      async (harness) => {
        const { revision } = await harness.head();
        harness.parts.fetch = () => Promise.resolve(new Response("gone", { status: 503 }));
        harness.wait(7200);
        await harness.settle();
        expect(before.split("\n")).toHaveLength(4 + 8 + 1);
        expect(await publishedText(harness, "registry.txt")).toBe(before);
        expect((await harness.head()).revision).toBe(revision);
      },
      { repository },
    );
  });

  test("is what a tag led to last, also where the clock went back", async () => {
    await withKeeper(({ ledger: { kept } }) => {
      const keep = (manifest: string, now: number): boolean =>
        kept.keep(1, { chart: "alpha", reference: "a.sig", manifest, subject: null, descriptor: "{}" }, now);
      expect([keep("1", 100), keep("2", 50), keep("1", 50), keep("1", 200)]).toEqual([
        true,
        true,
        true,
        false,
      ]);
      expect(kept.ofChart("alpha", []).map(({ manifest }) => manifest)).toEqual(["1", "2"]);
      return Promise.resolve();
    });
  });

  test("is told up to some megabytes for each chart, in a document that is written in parts", async () => {
    await withKeeper(async (harness) => {
      const { ledger } = harness;
      await publishUpstream(harness, 1, "beta");
      await harness.settle();
      await publishUpstream(harness, 1, "alpha");
      const annotations = { text: "x".repeat(4000) };
      ledger.transaction(() => {
        for (let at = 0; at < 2600; at += 1) {
          const digest = at.toString(16).padStart(64, "0");
          const descriptor = JSON.stringify({ digest, size: 1, mediaType: "application/json", annotations });
          const row: KeptRow = {
            chart: at % 2 === 0 ? "alpha" : "beta",
            reference: `sha256-${digest}.sig`,
            manifest: digest,
            subject: null,
            descriptor,
          };
          ledger.kept.keep(1, row, 0);
        }
      });
      harness.wait(600);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(2);
      expect((await publishedText(harness, "registry.txt")).length).toBeGreaterThan(6_000_000);
      for (const chart of ["alpha", "beta"]) {
        const lines = await registryLines(harness, chart);
        expect(lines[0]).toMatchObject({ kind: "version", tag: "1.0.0" });
        expect(lines.length).toBeGreaterThan(900);
        expect(JSON.stringify(lines).length).toBeLessThan(4.5 * 1024 * 1024);
      }
    });
  });
});
