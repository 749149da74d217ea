import { env } from "cloudflare:test";
import { noVersions } from "../../src/storage/status.ts";
import { describe, expect, test } from "vitest";
import { archiveKey } from "../../src/storage/keys.ts";
import {
  indexOf,
  publishUpstream,
  repositoryConfig,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

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
        expect(statusOf(harness).versions).toEqual({ ...noVersions, listed: 4, stored: 4 });
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
        expect(statusOf(harness).sources[0]).toMatchObject({
          state: "failing",
          consecutiveFailures: 1,
          error: { code },
        });
        await publishUpstream(harness, 3);
        harness.wait(600);
        await harness.settle();
        expect(statusOf(harness).sources[0]).toMatchObject({
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
      const [problem] = statusOf(harness).problems;
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
