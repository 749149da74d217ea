import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { archiveKey, headKey, provenanceKey } from "../../src/storage/keys.ts";
import {
  indexOf,
  publishUpstream,
  repositoryConfig,
  requireEveryArchive,
  sourceUrl,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

describe("an archive", () => {
  test("with other bytes than listed is neither stored nor listed, and both digests are told", async () => {
    await withKeeper(async (harness) => {
      const actual = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      const listed = "0".repeat(64);
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest: listed }]));
      await harness.settle();
      expect(await env.BUCKET.head(headKey(harness.repository))).toBeNull();
      expect(await env.BUCKET.head(archiveKey(listed))).toBeNull();
      expect(statusOf(harness).versions).toMatchObject({ listed: 0, failed: 1 });
      expect(statusOf(harness).problems[0]).toMatchObject({ code: "digest-mismatch" });
      expect(statusOf(harness).problems[0]?.message).toContain(actual);
      expect(statusOf(harness).problems[0]?.message).toContain(listed);
    });
  });

  test("that is an error page is told from one with other bytes", async () => {
    await withKeeper(async (harness) => {
      harness.upstream.put("alpha-1.0.0.tgz", "<html>sorry</html>");
      const digest = "0".repeat(64);
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await harness.settle();
      const [problem] = statusOf(harness).problems;
      expect(problem?.code).toBe("digest-mismatch");
      expect(problem?.message).toContain(digest);
      expect(problem?.message).toMatch(/and is no gzip file$/);
    });
  });

  test("without a listed digest is hashed and gets one", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0" }]));
      await harness.settle();
      expect((await harness.index()).entries["alpha"]?.[0]).toMatchObject({
        digest,
        urls: [`charts/${digest}/alpha-1.0.0.tgz`],
      });
    });
  });

  test("without a listed digest is not taken from an error page", async () => {
    await withKeeper(async (harness) => {
      harness.upstream.put("alpha-1.0.0.tgz", "<html>sorry</html>");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0" }]));
      await harness.settle();
      expect(statusOf(harness).problems[0]).toMatchObject({ code: "not-an-archive" });
    });
  });

  test("that is missing costs only itself, and is listed once it appears", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      harness.upstream.files.delete("alpha-2.0.0.tgz");
      await harness.settle();
      expect(statusOf(harness).versions).toMatchObject({ listed: 2, failed: 1, pending: 0 });
      await publishUpstream(harness, 3);
      harness.wait(3600);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(3);
    });
  });

  test("brings its provenance along, and no error page in its place", async () => {
    await withKeeper(async (harness) => {
      const [first, second] = await publishUpstream(harness, 2);
      const provenance = "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n";
      harness.upstream.put("alpha-1.0.0.tgz.prov", provenance);
      harness.upstream.put("alpha-2.0.0.tgz.prov", "<html>not found</html>");
      await harness.settle();
      const stored = await env.BUCKET.get(provenanceKey(harness.repository, first ?? ""));
      expect(await stored?.text()).toBe(provenance);
      expect(await env.BUCKET.head(provenanceKey(harness.repository, second ?? ""))).toBeNull();
    });
  });

  test("is asked for no more when the upstream is down, and again when the pause is over", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 40);
      const archives = [...harness.upstream.files].filter(([path]) => path.endsWith(".tgz"));
      for (const [path] of archives)
        harness.upstream.files.set(path, () => new Response("", { status: 502 }));
      await harness.settle();
      expect(harness.upstream.requests.length).toBeLessThan(15);
      for (const [path, file] of archives) harness.upstream.files.set(path, file);
      harness.wait(31);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(40);
    });
  });
});

describe("entries that cannot be used", () => {
  test("cost only themselves, and say why", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("good-1.0.0.tgz", "good");
      harness.upstream.put(
        "index.yaml",
        indexOf([
          { chart: "good", version: "1.0.0", digest },
          { chart: "good", version: "1.0.0", digest, description: "again" },
          { chart: "good", version: "not a version", digest },
          { chart: "good", version: "2.0.0", digest: "short" },
          { chart: "good", version: "3.0.0", digest, url: "oci://registry.example.com/good" },
          { chart: "good", version: "4.0.0", digest, url: "https://127.0.0.1/good.tgz" },
        ]),
      );
      await harness.settle();
      expect(statusOf(harness).versions).toMatchObject({ listed: 1, dropped: 5 });
      expect(
        Object.fromEntries(statusOf(harness).problems.map(({ version, code }) => [version, code])),
      ).toEqual({
        "1.0.0": "duplicate",
        "2.0.0": "bad-digest",
        "3.0.0": "bad-url",
        "4.0.0": "bad-url",
        "not a version": "bad-version",
      });
    });
  });

  test("are looked at again when the configuration of the source changes", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("good-1.0.0.tgz", "good");
      harness.upstream.put(
        "index.yaml",
        indexOf([
          { chart: "good", version: "1.0.0", digest, url: "http://blocked.example.com/good-1.0.0.tgz" },
        ]),
      );
      await harness.settle();
      expect(statusOf(harness).versions).toMatchObject({ listed: 0, dropped: 1 });
      const rewrites = [{ from: "http://blocked.example.com/", to: `${sourceUrl}/` }];
      harness.parts.config = {
        ...harness.parts.config,
        sources: [{ kind: "http", url: sourceUrl, files: [], rewrites }],
      };
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
    });
  });
});

test("an archive that was too large is fetched once the limit is raised", async () => {
  await withKeeper(
    async (harness) => {
      await publishUpstream(harness, 1);
      await harness.settle();
      expect(statusOf(harness).problems[0]).toMatchObject({ code: "too-large" });
      harness.parts.config = { ...harness.parts.config, limits: repositoryConfig.limits };
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
    },
    { config: { limits: { ...repositoryConfig.limits, archiveBytes: 5 } } },
  );
});

test("an archive that lay behind redirects that went round is fetched a day after they end", async () => {
  await withKeeper(async (harness) => {
    await publishUpstream(harness, 1);
    const archive = harness.upstream.files.get("alpha-1.0.0.tgz");
    const headers = { location: "alpha-1.0.0.tgz" };
    harness.upstream.files.set("alpha-1.0.0.tgz", () => new Response(null, { status: 302, headers }));
    await harness.settle();
    expect(statusOf(harness).problems[0]).toMatchObject({ code: "too-many-redirects" });
    if (archive !== undefined) harness.upstream.files.set("alpha-1.0.0.tgz", archive);
    harness.wait(86_400);
    await harness.settle();
    expect(await requireEveryArchive(harness)).toBe(1);
  });
});
