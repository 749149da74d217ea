import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { archiveKey, fileKey, headKey, provenanceKey, revisionKey } from "../../src/storage/keys.ts";
import {
  indexOf,
  publishUpstream,
  requireEveryArchive,
  sourceUrl,
  withKeeper,
} from "../support/keeper-harness.ts";
import { historyOf } from "../support/published-documents.ts";

describe("storage", () => {
  test("small files are mirrored as they are, and stay when the upstream loses them", async () => {
    const config = {
      sources: [{ kind: "http" as const, url: sourceUrl, files: ["artifacthub-repo.yml"], rewrites: [] }],
    };
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 1);
        harness.upstream.put("artifacthub-repo.yml", "owners: []\n");
        await harness.settle();
        harness.upstream.put("artifacthub-repo.yml", "<!DOCTYPE html><title>Not found</title>");
        harness.wait(600);
        await publishUpstream(harness, 3);
        await harness.settle();
        harness.upstream.files.delete("artifacthub-repo.yml");
        await publishUpstream(harness, 2);
        harness.wait(600);
        await harness.settle();
        const stored = await env.BUCKET.get(fileKey(harness.repository, "artifacthub-repo.yml"));
        expect(await stored?.text()).toBe("owners: []\n");
      },
      { config },
    );
  });

  test("superseded revisions are kept for as long as configured, archives for ever", async () => {
    await withKeeper(async (harness) => {
      const [digest] = await publishUpstream(harness, 1);
      await harness.settle();
      const { revision } = await harness.head();
      await publishUpstream(harness, 2);
      harness.wait(600);
      await harness.settle();
      const key = revisionKey(harness.repository, revision, "index.json");
      expect(await env.BUCKET.head(key)).not.toBeNull();
      harness.wait(86_401);
      await harness.settle();
      expect(await env.BUCKET.head(key)).toBeNull();
      expect(await env.KV.get(key)).toBeNull();
      expect(await env.BUCKET.head(archiveKey(digest ?? ""))).not.toBeNull();
      expect(await requireEveryArchive(harness)).toBe(2);
    });
  });

  test("a KV that fails delays nothing and is brought in step later", async () => {
    await withKeeper(async (harness) => {
      const { kv } = harness.parts;
      harness.parts.kv = {
        put: () => Promise.reject(new Error("KV is down")),
        delete: () => Promise.resolve(),
      };
      await publishUpstream(harness, 1);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
      expect(await env.KV.get(headKey(harness.repository))).toBeNull();
      harness.parts.kv = kv;
      harness.wait(600);
      await harness.settle();
      const { revision } = await harness.head();
      expect(await env.KV.get(revisionKey(harness.repository, revision, "index.json"))).toBe(
        await harness.indexText(),
      );
      expect(await env.KV.get(headKey(harness.repository))).toContain(revision);
    });
  });

  test("a fill in many units writes to KV once a minute, and at its end", async () => {
    const config = { budget: { entries: 1000, archives: 1, subrequests: 1000 } };
    await withKeeper(
      async (harness) => {
        const { kv } = harness.parts;
        let heads = 0;
        harness.parts.kv = {
          delete: (key) => kv.delete(key),
          put: async (key: string, value: string | ArrayBuffer) => {
            if (key === headKey(harness.repository)) heads += 1;
            await kv.put(key, value);
          },
        };
        await publishUpstream(harness, 12);
        for (let unit = 0; unit < 11; unit += 1) {
          await harness.unit();
          harness.wait(10);
        }
        expect((await harness.head()).versions).toBe(11);
        expect(heads).toBe(1);
        await harness.settle();
        expect(heads).toBe(2);
        expect(await env.KV.get(headKey(harness.repository))).toContain((await harness.head()).revision);
      },
      { config },
    );
  });

  test("provenance of bytes that are not listed is kept, and makes nobody write what is published again", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 1);
      await harness.settle();
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "released again");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      harness.upstream.files.set("alpha-1.0.0.tgz.prov", () => new Response(null, { status: 503 }));
      harness.wait(600);
      await harness.settle();
      harness.upstream.put("alpha-1.0.0.tgz.prov", "-----BEGIN PGP SIGNATURE-----");
      const { kv } = harness.parts;
      harness.parts.kv = { put: () => Promise.reject(new Error("unasked")), delete: (key) => kv.delete(key) };
      harness.wait(60);
      await harness.settle();
      expect(await env.BUCKET.head(provenanceKey(harness.repository, digest))).not.toBeNull();
      expect(harness.events.map(({ event }) => event)).not.toContain("kv-behind");
      expect((await historyOf(harness)).revisions).toHaveLength(1);
    });
  });

  test("a Keeper that has lost its ledger adopts what is published before it publishes", async () => {
    let before = "";
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 3);
        await harness.settle();
        before = await harness.indexText();
      },
      { repository: "adopted" },
    );
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 1);
        await harness.settle();
        expect(await harness.indexText()).toBe(before);
        const digests = await publishUpstream(harness, 4);
        harness.wait(600);
        await harness.settle();
        expect((await harness.index()).entries["alpha"]?.map(({ digest }) => digest)).toEqual(
          digests.toReversed(),
        );
      },
      { repository: "adopted" },
    );
  });

  test("a head that leads nowhere is replaced by the first revision that lists something, never by an empty one", async () => {
    await withKeeper(async (harness) => {
      const lost = {
        revision: "0".repeat(32),
        publishedAt: "",
        bytes: 0,
        gzipBytes: 0,
        charts: 0,
        versions: 0,
      };
      await env.BUCKET.put(headKey(harness.repository), JSON.stringify(lost));
      harness.upstream.files.set("index.yaml", () => new Response("", { status: 503 }));
      await harness.settle();
      expect((await harness.head()).revision).toBe(lost.revision);
      await publishUpstream(harness, 1);
      harness.wait(600);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
    });
  });
});
