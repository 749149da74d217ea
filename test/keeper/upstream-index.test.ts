import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import { upstreamIndexKey } from "../../src/storage/keys.ts";
import { type Harness, publishUpstream, sourceUrl, withKeeper } from "../support/keeper-harness.ts";

async function keptIndex({ repository }: Harness): Promise<{ text: string; metadata: unknown } | undefined> {
  const source = await sha256(new Uint8Array(new TextEncoder().encode(sourceUrl)));
  const object = await env.BUCKET.get(upstreamIndexKey(repository, source));
  if (object === null) return undefined;
  return { text: await object.text(), metadata: object.customMetadata };
}

const upstreamText = ({ upstream }: Harness): string => {
  const file = upstream.files.get("index.yaml");
  return file instanceof Uint8Array ? new TextDecoder().decode(file) : "";
};

async function check(harness: Harness): Promise<void> {
  harness.wait(600);
  await harness.settle();
}

describe("the upstream's index", () => {
  test("is kept byte for byte, comments and all", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 2);
      harness.upstream.put("index.yaml", `# ours\n${upstreamText(harness)}\n# the end, größer\n`);
      await check(harness);
      const kept = await keptIndex(harness);
      expect(kept?.text).toBe(upstreamText(harness));
      expect(kept?.metadata).toEqual({ url: sourceUrl, fetchedAt: "2026-01-01T00:10:00.000Z" });
    });
  });

  test.each([
    ["a page", "<!doctype html><title>404</title>"],
    ["an emptied index", "apiVersion: v1\nentries: {}\n"],
    ["half of it", "half"],
  ])("is not replaced by %s", async (_name, text) => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      await check(harness);
      const good = upstreamText(harness);
      harness.upstream.put("index.yaml", text === "half" ? good.slice(0, good.length / 2) : text);
      await check(harness);
      expect((await keptIndex(harness))?.text).toBe(good);
    });
  });

  test("is kept in parts where it is large", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 2);
      const comments = `# ${"filler ".repeat(20)}\n`.repeat(90_000);
      harness.upstream.put("index.yaml", upstreamText(harness) + comments);
      await check(harness);
      const kept = await keptIndex(harness);
      expect(kept?.text.length).toBeGreaterThan(11 * 1024 * 1024);
      expect(kept?.text === upstreamText(harness)).toBe(true);
    });
  });

  test("is kept, too, where reading it takes several units", async () => {
    const config = { budget: { entries: 10, archives: 100, subrequests: 1000 } };
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 35);
        await check(harness);
        await check(harness);
        expect((await keptIndex(harness))?.text).toBe(upstreamText(harness));
      },
      { config },
    );
  });

  test("costs nothing while it stays the same", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 2);
      const text = upstreamText(harness);
      harness.upstream.files.set("index.yaml", (init) =>
        new Headers(init.headers).get("if-none-match") === '"1"'
          ? new Response(null, { status: 304 })
          : new Response(text, { headers: { etag: '"1"' } }),
      );
      await check(harness);
      const puts: string[] = [];
      const { bucket } = harness.parts;
      harness.parts.bucket = new Proxy(bucket, {
        get:
          (target, name: keyof typeof bucket) =>
          async (key: string, ...rest: unknown[]) => {
            if (name === "put") puts.push(key);
            return Reflect.apply(target[name], target, [key, ...rest]);
          },
      });
      await check(harness);
      expect(puts).toEqual([`repositories/${harness.repository}/status`]);
    });
  });
});
