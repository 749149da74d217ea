import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { reportStatus } from "../../src/keeper/report.ts";
import { archiveKey, fileKey, headKey, provenanceKey, revisionKey } from "../../src/storage/keys.ts";
import {
  type Harness,
  indexOf,
  repositoryConfig,
  requireEveryArchive,
  sourceUrl,
  withKeeper,
} from "../support/keeper-harness.ts";

/** Publishes alpha 1.0.0 … n.0.0 upstream. */
async function publishUpstream(harness: Harness, count: number, chart = "alpha"): Promise<string[]> {
  const digests: string[] = [];
  for (let major = 1; major <= count; major += 1) {
    digests.push(await harness.upstream.archive(`${chart}-${major}.0.0.tgz`, `${chart} ${major}`));
  }
  const versions = digests.map((digest, index) => ({ chart, version: `${index + 1}.0.0`, digest }));
  harness.upstream.put("index.yaml", indexOf(versions));
  return digests;
}

const status = (harness: Harness) => reportStatus(harness.ledger, harness.parts.config);

describe("a first fill", () => {
  test("lists every version, greatest first, with relative URLs that carry the digest", async () => {
    await withKeeper(async (harness) => {
      const digests = await publishUpstream(harness, 3);
      await harness.settle();
      const { entries } = await harness.index();
      expect(entries["alpha"]?.map(({ version, digest, urls }) => [version, digest, urls])).toEqual(
        [3, 2, 1].map((major) => [
          `${major}.0.0`,
          digests[major - 1],
          [`charts/${digests[major - 1]}/alpha-${major}.0.0.tgz`],
        ]),
      );
      expect(await requireEveryArchive(harness)).toBe(3);
    });
  });

  test("publishes after every unit, the newest versions of every chart first", async () => {
    await withKeeper(
      async (harness) => {
        const alpha = await publishUpstream(harness, 3, "alpha");
        const beta = await harness.upstream.archive("beta-0.1.0.tgz", "beta");
        const versions = alpha.map((digest, index) => ({
          chart: "alpha",
          version: `${index + 1}.0.0`,
          digest,
        }));
        harness.upstream.put(
          "index.yaml",
          indexOf([...versions, { chart: "beta", version: "0.1.0", digest: beta }]),
        );
        await harness.unit();
        const { entries } = await harness.index();
        expect(Object.keys(entries)).toEqual(["alpha", "beta"]);
        expect(entries["alpha"]?.map(({ version }) => version)).toEqual(["3.0.0"]);
        await harness.settle();
        expect(status(harness).versions).toEqual({ listed: 4, stored: 4, pending: 0, failed: 0, dropped: 0 });
      },
      { config: { budget: { entries: 1000, archives: 2, subrequests: 1000 } } },
    );
  });

  test("is finished by a budget of a few entries and requests a unit", async () => {
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 9);
        await harness.settle();
        expect(await requireEveryArchive(harness)).toBe(9);
      },
      { config: { budget: { entries: 2, archives: 2, subrequests: 5 } } },
    );
  });

  test("gives the same bytes whatever the size of its units", async () => {
    const texts: string[] = [];
    for (const budget of [{ entries: 2, archives: 1, subrequests: 4 }, repositoryConfig.budget]) {
      await withKeeper(
        async (harness) => {
          await publishUpstream(harness, 5);
          await harness.settle();
          texts.push(await harness.indexText());
        },
        { config: { budget } },
      );
    }
    expect(texts[0]).toBe(texts[1]);
  });
});

describe("a check", () => {
  test("that is answered 304 costs one request, and writes the status alone", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 2);
      const index = harness.upstream.files.get("index.yaml");
      harness.upstream.files.set("index.yaml", ({ headers }) =>
        new Headers(headers).get("if-none-match") === '"one"'
          ? new Response(null, { status: 304 })
          : new Response(index instanceof Uint8Array ? index : null, { headers: { etag: '"one"' } }),
      );
      await harness.settle();
      harness.upstream.requests = [];
      const puts: string[] = [];
      const { bucket } = harness.parts;
      harness.parts.bucket = new Proxy(bucket, {
        get(target, name: keyof typeof bucket) {
          return (key: string, ...rest: unknown[]) => {
            if (name !== "get" && name !== "head") puts.push(key);
            return Reflect.apply(target[name], target, [key, ...rest]);
          };
        },
      });
      harness.parts.kv = {
        put: () => Promise.reject(new Error("no")),
        delete: () => Promise.reject(new Error("no")),
      };
      harness.wait(600);
      await harness.settle();
      expect(harness.upstream.requests).toEqual(["index.yaml"]);
      expect(puts).toEqual([`repositories/${harness.repository}/status`]);
    });
  });

  test("that finds a new version copies and publishes that one alone", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      await harness.settle();
      await publishUpstream(harness, 4);
      harness.upstream.requests = [];
      harness.wait(600);
      await harness.settle();
      expect(harness.upstream.requests).toEqual(["index.yaml", "alpha-4.0.0.tgz", "alpha-4.0.0.tgz.prov"]);
      expect(await requireEveryArchive(harness)).toBe(4);
    });
  });

  test.each([
    ["answers 404 with a page", () => new Response("<html>404</html>", { status: 404 }), "not-found"],
    ["answers 500", () => new Response("", { status: 500 }), "http-status"],
    [
      "asks to wait",
      () => new Response("", { status: 429, headers: { "retry-after": "60" } }),
      "rate-limited",
    ],
    ["answers a page with 200", () => new Response("<!doctype html><html></html>"), "html"],
    ["is empty", () => new Response(""), "empty"],
    ["has one byte", () => new Response("\n"), "empty"],
    ["has no entries any more", () => new Response(indexOf([])), "emptied"],
    [
      "has conflict markers",
      () => new Response("apiVersion: v1\nentries:\n<<<<<<< HEAD\n  alpha:\n"),
      "conflict-markers",
    ],
    ["is out of reach", () => Promise.reject(new TypeError("connection refused")), "unreachable"],
  ])(
    "of an index that %s changes nothing for readers, and the status says why",
    async (_name, answer, code) => {
      await withKeeper(async (harness) => {
        await publishUpstream(harness, 2);
        await harness.settle();
        const before = await harness.indexText();
        harness.upstream.files.set("index.yaml", answer);
        harness.wait(600);
        await harness.settle();
        expect(await harness.indexText()).toBe(before);
        expect(status(harness).sources[0]).toMatchObject({
          state: "failing",
          consecutiveFailures: 1,
          error: { code },
        });
        await publishUpstream(harness, 3);
        harness.wait(600);
        await harness.settle();
        expect(status(harness).sources[0]).toMatchObject({
          state: "ok",
          consecutiveFailures: 0,
          error: null,
        });
        expect(await requireEveryArchive(harness)).toBe(3);
      });
    },
  );
});

describe("what was listed", () => {
  test("stays listed when the upstream drops it", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      await harness.settle();
      const before = await harness.indexText();
      await publishUpstream(harness, 1);
      harness.wait(600);
      await harness.settle();
      expect(await harness.indexText()).toBe(before);
    });
  });

  test("keeps its first digest when it is published again with other bytes; the other digest is stored and told", async () => {
    await withKeeper(async (harness) => {
      const [first] = await publishUpstream(harness, 1);
      await harness.settle();
      const before = await harness.indexText();
      const second = await harness.upstream.archive("alpha-1.0.0.tgz", "other bytes");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest: second }]));
      harness.wait(600);
      await harness.settle();
      expect(await harness.indexText()).toBe(before);
      expect(await env.BUCKET.head(archiveKey(second))).not.toBeNull();
      const [problem] = status(harness).problems;
      expect(problem).toMatchObject({ chart: "alpha", version: "1.0.0", code: "re-released" });
      expect(problem?.message).toContain(first);
      expect(problem?.message).toContain(second);
    });
  });

  test("does not change with a freshly generated index of the same archives", async () => {
    await withKeeper(async (harness) => {
      const [digest] = await publishUpstream(harness, 1);
      await harness.settle();
      const before = await harness.indexText();
      harness.upstream.put(
        "index.yaml",
        indexOf([{ chart: "alpha", version: "1.0.0", digest: digest ?? "", description: "new" }]),
      );
      harness.wait(600);
      await harness.settle();
      expect(await harness.indexText()).toBe(before);
    });
  });
});

describe("an archive", () => {
  test("with other bytes than listed is neither stored nor listed, and both digests are told", async () => {
    await withKeeper(async (harness) => {
      const actual = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      const listed = "0".repeat(64);
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest: listed }]));
      await harness.settle();
      expect(await env.BUCKET.head(headKey(harness.repository))).toBeNull();
      expect(await env.BUCKET.head(archiveKey(listed))).toBeNull();
      expect(status(harness).versions).toMatchObject({ listed: 0, failed: 1 });
      expect(status(harness).problems[0]).toMatchObject({ code: "digest-mismatch" });
      expect(status(harness).problems[0]?.message).toContain(actual);
      expect(status(harness).problems[0]?.message).toContain(listed);
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
      expect(status(harness).problems[0]).toMatchObject({ code: "not-an-archive" });
    });
  });

  test("that is missing costs only itself, and is listed once it appears", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      harness.upstream.files.delete("alpha-2.0.0.tgz");
      await harness.settle();
      expect(status(harness).versions).toMatchObject({ listed: 2, failed: 1, pending: 0 });
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
      expect(status(harness).versions).toMatchObject({ listed: 1, dropped: 5 });
      expect(
        Object.fromEntries(status(harness).problems.map(({ version, code }) => [version, code])),
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
      expect(status(harness).versions).toMatchObject({ listed: 0, dropped: 1 });
      const rewrites = [{ from: "http://blocked.example.com/", to: `${sourceUrl}/` }];
      harness.parts.config = { ...harness.parts.config, sources: [{ url: sourceUrl, files: [], rewrites }] };
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
      expect(status(harness).problems[0]).toMatchObject({ code: "too-large" });
      harness.parts.config = { ...harness.parts.config, limits: repositoryConfig.limits };
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
    },
    { config: { limits: { ...repositoryConfig.limits, archiveBytes: 5 } } },
  );
});

describe("storage", () => {
  test("small files are mirrored as they are, and stay when the upstream loses them", async () => {
    const config = { sources: [{ url: sourceUrl, files: ["artifacthub-repo.yml"], rewrites: [] }] };
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
});
