import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { headKey, provenanceKey, revisionKey } from "../../src/storage/keys.ts";
import { type Harness, publishUpstream, requireEveryArchive, withKeeper } from "../support/keeper-harness.ts";
import { historyOf, registryLines } from "../support/published-documents.ts";

/** One unit that dies when it has moved the head, before it could remember that. @returns the revision */
async function dieBehindTheHead(harness: Harness): Promise<string> {
  const { bucket } = harness.parts;
  let heads = 0;
  harness.parts.bucket = new Proxy(bucket, {
    get(target, name: keyof typeof bucket) {
      return async (key: string, ...rest: unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(target[name], target, [key, ...rest]);
        if (name === "put" && key === headKey(harness.repository)) {
          heads += 1;
          throw new Error("the isolate is gone");
        }
        return answer;
      };
    },
  });
  await expect(harness.unit()).rejects.toThrow("the isolate is gone");
  harness.parts.bucket = bucket;
  expect(heads).toBe(1);
  return (await harness.head()).revision;
}

/** Units until nothing is due; after each of them, everything that is published is there. */
async function settle(harness: Harness): Promise<void> {
  for (let units = 0; units < 6; units += 1) {
    await harness.unit();
    await requireEveryArchive(harness);
  }
}

describe("a unit that dies when it has moved the head", () => {
  test("leaves it to the next one to tell others of it, and is one entry of the history", async () => {
    await withKeeper(async (harness) => {
      const told: string[] = [];
      harness.parts.announce = (name) => Promise.resolve(void told.push(name));
      harness.parts.purge = (name) => Promise.resolve(void told.push(name));
      await publishUpstream(harness, 2);
      const revision = await dieBehindTheHead(harness);
      expect(told).toEqual([]);
      await settle(harness);
      expect(told).toEqual([harness.repository, harness.repository]);
      expect((await historyOf(harness)).revisions).toMatchObject([{ revision, added: { count: 2 } }]);
    });
  });

  test.each([5, 7200])(
    "is gone on with %i seconds later, though there is more to publish then",
    async (seconds) => {
      await withKeeper(async (harness) => {
        await publishUpstream(harness, 1);
        await harness.settle();
        harness.wait(600);
        await publishUpstream(harness, 3);
        const lost = await dieBehindTheHead(harness);
        await publishUpstream(harness, 4);
        harness.wait(Math.max(seconds, 600));
        await settle(harness);
        const { revisions } = await historyOf(harness);
        expect(revisions.map(({ added }) => added.count)).toEqual([3, 1]);
        harness.wait(7200);
        await settle(harness);
        expect(await env.BUCKET.head(revisionKey(harness.repository, lost, "index.json"))).toBeNull();
      });
    },
  );
});

describe("a Keeper that adopts what another one has published", () => {
  const signature = "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n";

  async function anotherPublishes({ repository }: Harness, count: number): Promise<void> {
    await withKeeper(
      async (other) => {
        await publishUpstream(other, count);
        await other.settle();
      },
      { repository },
    );
  }

  test("still looks for the provenance that it could not have before", async () => {
    await withKeeper(async (harness) => {
      harness.upstream.files.set("alpha-1.0.0.tgz.prov", () => new Response(null, { status: 503 }));
      const [digest = ""] = await publishUpstream(harness, 1);
      await harness.settle();
      await anotherPublishes(harness, 2);
      await publishUpstream(harness, 3);
      harness.wait(600);
      await harness.settle();
      harness.upstream.put("alpha-1.0.0.tgz.prov", signature);
      harness.wait(86_400);
      await harness.settle();
      expect(await env.BUCKET.head(provenanceKey(harness.repository, digest))).not.toBeNull();
      const lines = await registryLines(harness, "alpha");
      expect(lines.at(-1)).toMatchObject({
        tag: "1.0.0",
        synthetic: { provenance: { size: signature.length } },
      });
    });
  });

  test("keeps the provenance that it found itself", async () => {
    await withKeeper(async (harness) => {
      harness.upstream.files.set("alpha-1.0.0.tgz.prov", () => new Response(null, { status: 503 }));
      await publishUpstream(harness, 1);
      await harness.settle();
      await anotherPublishes(harness, 2);
      harness.upstream.put("alpha-1.0.0.tgz.prov", signature);
      harness.wait(60);
      await harness.settle();
      const lines = await registryLines(harness, "alpha");
      expect(lines.at(-1)).toMatchObject({
        tag: "1.0.0",
        synthetic: { provenance: { size: signature.length } },
      });
    });
  });

  test("tells only of what is new", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 3);
      await harness.settle();
      await anotherPublishes(harness, 4);
      await publishUpstream(harness, 1, "beta");
      harness.wait(600);
      await harness.settle();
      const [current] = (await historyOf(harness)).revisions;
      expect(current?.added).toEqual({ count: 1, versions: [{ chart: "beta", version: "1.0.0" }] });
      expect(current?.changed.count).toBe(0);
    });
  });
});
