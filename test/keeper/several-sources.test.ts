import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { reportStatus } from "../../src/keeper/report.ts";
import { archiveKey, fileKey } from "../../src/storage/keys.ts";
import {
  type Harness,
  indexOf,
  requireEveryArchive,
  sourceUrl,
  withKeeper,
} from "../support/keeper-harness.ts";

const other = "https://other.example.com/charts";
const config = {
  sources: [sourceUrl, other].map((url) => ({
    kind: "http" as const,
    url,
    files: ["artifacthub-repo.yml"],
    rewrites: [],
  })),
};

/** The same version at both sources, with the content that each of them has. */
async function publishBoth({ upstream }: Harness, first: string, second: string): Promise<[string, string]> {
  const digests: [string, string] = [
    await upstream.archive("alpha-1.0.0.tgz", first),
    await upstream.archive(`${other}/alpha-1.0.0.tgz`, second),
  ];
  upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest: digests[0] }]));
  upstream.put(`${other}/index.yaml`, indexOf([{ chart: "alpha", version: "1.0.0", digest: digests[1] }]));
  return digests;
}

describe("a version that two sources have", () => {
  test("with the same digest is fetched from the preferred one", async () => {
    await withKeeper(
      async (harness) => {
        await publishBoth(harness, "same", "same");
        await harness.settle();
        expect(await requireEveryArchive(harness)).toBe(1);
        expect(harness.upstream.requests).not.toContain(`${other}/alpha-1.0.0.tgz`);
      },
      { config },
    );
  });

  test("is fetched from the other one where the preferred one cannot give it", async () => {
    await withKeeper(
      async (harness) => {
        await publishBoth(harness, "same", "same");
        harness.upstream.files.set("alpha-1.0.0.tgz", () => new Response("", { status: 500 }));
        await harness.settle();
        expect(await requireEveryArchive(harness)).toBe(1);
      },
      { config },
    );
  });

  test("with different digests is listed with that of the preferred one; the other is kept and told", async () => {
    await withKeeper(
      async (harness) => {
        const [first, second] = await publishBoth(harness, "one", "two");
        await harness.settle();
        expect((await harness.index()).entries["alpha"]?.[0]?.digest).toBe(first);
        expect(await env.BUCKET.head(archiveKey(second))).not.toBeNull();
        expect(reportStatus(harness.ledger, harness.parts.config).problems[0]?.code).toBe("conflict");
      },
      { config },
    );
  });
});

test("a source that fails takes nothing away, and the other one goes on", async () => {
  await withKeeper(
    async (harness) => {
      await publishBoth(harness, "same", "same");
      await harness.settle();
      harness.upstream.files.delete("index.yaml");
      const digest = await harness.upstream.archive(`${other}/alpha-2.0.0.tgz`, "new");
      harness.upstream.put(`${other}/index.yaml`, indexOf([{ chart: "alpha", version: "2.0.0", digest }]));
      harness.wait(600);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(2);
      const { sources } = reportStatus(harness.ledger, harness.parts.config);
      expect(sources.map(({ state }) => state)).toEqual(["failing", "ok"]);
    },
    { config },
  );
});

test("a small file of the preferred source is not replaced by another source's", async () => {
  await withKeeper(
    async (harness) => {
      await publishBoth(harness, "same", "same");
      harness.upstream.put("artifacthub-repo.yml", "first");
      harness.upstream.put(`${other}/artifacthub-repo.yml`, "second");
      await harness.settle();
      const digest = await harness.upstream.archive(`${other}/beta-1.0.0.tgz`, "beta");
      harness.upstream.put(`${other}/index.yaml`, indexOf([{ chart: "beta", version: "1.0.0", digest }]));
      harness.wait(600);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(2);
      const stored = await env.BUCKET.get(fileKey(harness.repository, "artifacthub-repo.yml"));
      expect(await stored?.text()).toBe("first");
    },
    { config },
  );
});

test("what was mirrored from a source that is configured no more stays listed", async () => {
  await withKeeper(
    async (harness) => {
      await publishBoth(harness, "same", "same");
      const digest = await harness.upstream.archive(`${other}/beta-1.0.0.tgz`, "beta");
      harness.upstream.put(
        `${other}/index.yaml`,
        indexOf([
          { chart: "beta", version: "1.0.0", digest },
          { chart: "beta", version: "bad version", digest },
        ]),
      );
      await harness.settle();
      const before = await harness.indexText();
      const [first] = config.sources;
      harness.parts.config = { ...harness.parts.config, sources: first === undefined ? [] : [first] };
      harness.wait(600);
      await harness.settle();
      expect(await harness.indexText()).toBe(before);
      expect(reportStatus(harness.ledger, harness.parts.config).problemCount).toBe(0);
    },
    { config },
  );
});
