import { expect, test } from "vitest";
import { headKey } from "../../src/storage/keys.ts";
import {
  type Harness,
  indexOf,
  publishUpstream,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";
import { publishedText } from "../support/published-documents.ts";

const versionsOf = async (harness: Harness) =>
  (await harness.index()).entries["alpha"]?.map(({ version }) => version);

/** Another Keeper, with a ledger of its own, thinks the repository its own, and publishes so many versions. */
async function anotherPublishes({ repository }: Harness, count: number): Promise<void> {
  await withKeeper(
    async (other) => {
      await publishUpstream(other, count);
      await other.settle();
    },
    { repository },
  );
}

test("a Keeper behind whose back another one published lists what both of them list", async () => {
  await withKeeper(async (harness) => {
    await publishUpstream(harness, 1);
    await harness.settle();
    await anotherPublishes(harness, 2);
    await publishUpstream(harness, 1, "beta");
    harness.wait(600);
    await harness.settle();
    expect(await versionsOf(harness)).toEqual(["2.0.0", "1.0.0"]);
    expect(await requireEveryArchive(harness)).toBe(3);
  });
});

test("what another Keeper published first stays listed, whatever this one had copied before it knew", async () => {
  await withKeeper(async (harness) => {
    await publishUpstream(harness, 1);
    await harness.settle();
    await anotherPublishes(harness, 2);
    const published = await harness.indexText();
    const registry = await publishedText(harness, "registry.txt");
    const other = await harness.upstream.archive("alpha-2.0.0.tgz", "other bytes");
    const first = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha 1");
    harness.upstream.put(
      "index.yaml",
      indexOf([
        { chart: "alpha", version: "2.0.0", digest: other },
        { chart: "alpha", version: "1.0.0", digest: first },
      ]),
    );
    harness.wait(600);
    await harness.settle();
    expect(await harness.indexText()).toBe(published);
    expect(await publishedText(harness, "registry.txt")).toBe(registry);
    expect(statusOf(harness).problems).toMatchObject([{ code: "re-released", other: { digest: other } }]);
    expect(statusOf(harness).versions).toMatchObject({ listed: 2, stored: 3, pending: 0, failed: 0 });
  });
});

test("an entry that another Keeper published with another text is listed as readers have seen it", async () => {
  await withKeeper(async (harness) => {
    await publishUpstream(harness, 1);
    await harness.settle();
    await anotherPublishes(harness, 2);
    const published = await harness.indexText();
    const registry = await publishedText(harness, "registry.txt");
    const digest = await harness.upstream.archive("alpha-2.0.0.tgz", "alpha 2");
    const entry = { chart: "alpha", version: "2.0.0", digest, description: "another text" };
    harness.upstream.put("index.yaml", indexOf([entry]));
    harness.wait(600);
    await harness.settle();
    expect(await harness.indexText()).toBe(published);
    expect(await publishedText(harness, "registry.txt")).toBe(registry);
  });
});

test("a head that is moved while a revision is being written is not overwritten", async () => {
  await withKeeper(async (harness) => {
    await publishUpstream(harness, 1);
    await harness.settle();
    const { bucket } = harness.parts;
    let raced = false;
    harness.parts.bucket = new Proxy(bucket, {
      get(target, name: keyof typeof bucket) {
        return async (key: string, ...rest: unknown[]) => {
          if (name === "put" && key === headKey(harness.repository) && !raced) {
            raced = true;
            await anotherPublishes(harness, 3);
          }
          return Reflect.apply(target[name], target, [key, ...rest]);
        };
      },
    });
    await publishUpstream(harness, 1, "beta");
    harness.wait(600);
    await harness.settle();
    expect(raced).toBe(true);
    expect(await versionsOf(harness)).toEqual(["3.0.0", "2.0.0", "1.0.0"]);
    expect(await requireEveryArchive(harness)).toBe(4);
    expect(statusOf(harness).versions).toMatchObject({ listed: 4, pending: 0, failed: 0 });
  });
});
