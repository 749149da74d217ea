import { describe, expect, test } from "vitest";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import type { RepositoryConfig } from "../../src/config/config.ts";
import { agreeToLosses } from "../../src/keeper/settle-losses.ts";
import {
  type Harness,
  type IndexedVersion,
  indexOf,
  repositoryConfig,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

const day = 86_400;
const hide: Partial<Policies> = { removal: "hide" };

const policies = (also: Partial<Policies>): Partial<RepositoryConfig> => ({
  policies: { ...defaultPolicies, ...also },
});

/** alpha 1.0.0 … n.0.0 in the upstream's index, of which it has the first `shown`. */
async function publish(harness: Harness, count: number): Promise<(shown: number) => Promise<void>> {
  const versions: IndexedVersion[] = [];
  for (let major = 1; major <= count; major += 1) {
    const version = `${major}.0.0`;
    versions.push({
      chart: "alpha",
      version,
      digest: await harness.upstream.archive(`alpha-${version}.tgz`, version),
    });
  }
  const show = async (shown: number): Promise<void> => {
    harness.upstream.put("index.yaml", indexOf(versions.slice(0, shown)));
    await check(harness);
  };
  await show(count);
  return show;
}

async function check(harness: Harness, seconds = 600): Promise<void> {
  harness.wait(seconds);
  await harness.settle();
}

const listed = async (harness: Harness): Promise<number> =>
  (await harness.index()).entries["alpha"]?.length ?? 0;

function fail(harness: Harness): () => Promise<void> {
  const index = harness.upstream.files.get("index.yaml");
  if (index === undefined) throw new Error("no index");
  harness.upstream.files.set("index.yaml", () => new Response("down", { status: 503 }));
  return async () => {
    harness.upstream.files.set("index.yaml", index);
    await check(harness);
  };
}

describe("`removal: hide`", () => {
  test("hides a vanished version after the grace, and lists it again with its first digest when it is back", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 3);
        const before = await harness.indexText();
        await show(2);
        await check(harness, day - 1200);
        expect(await listed(harness)).toBe(3);
        await check(harness, 1200);
        expect(await listed(harness)).toBe(2);
        expect(statusOf(harness).versions).toMatchObject({ listed: 2, hidden: 1, stored: 3 });
        await show(3);
        expect(await harness.indexText()).toBe(before);
        expect(statusOf(harness).versions.hidden).toBe(0);
      },
      { config: policies(hide) },
    );
  });

  test("withholds a large loss until it was seen unchanged for long enough", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 14);
        await show(2);
        const since = new Date(harness.parts.now()).toISOString();
        const followsAt = new Date(harness.parts.now() + 7 * day * 1000).toISOString();
        expect(statusOf(harness).withheld).toEqual({ count: 12, since, followsAt, reason: "large-loss" });
        await check(harness, 6 * day);
        expect(await listed(harness)).toBe(14);
        await show(3); // one is back: the time begins anew
        await check(harness, 6 * day);
        expect(await listed(harness)).toBe(14);
        expect(statusOf(harness).withheld?.count).toBe(11);
        await check(harness, day);
        expect(await listed(harness)).toBe(3);
        expect(statusOf(harness).withheld).toBeNull();
      },
      { config: policies(hide) },
    );
  });

  test("hides what the operator agrees to", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 14);
        await show(13);
        expect(agreeToLosses(harness.ledger, harness.parts.now())).toBe(0);
        await show(2);
        expect(agreeToLosses(harness.ledger, harness.parts.now())).toBe(12);
        await harness.settle();
        expect(await listed(harness)).toBe(2);
        expect(statusOf(harness)).toMatchObject({ withheld: null, versions: { hidden: 12 } });
        await show(14);
        expect(await listed(harness)).toBe(14);
      },
      { config: policies(hide) },
    );
  });

  test("counts what comes in slices as one loss", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 14);
        for (const shown of [10, 6, 2]) await show(shown);
        expect(statusOf(harness).withheld?.count).toBe(12);
      },
      { config: policies(hide) },
    );
  });

  test("withholds any loss soon after an outage, and follows none while a source fails", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 3);
        const recover = fail(harness);
        await check(harness);
        await recover();
        await show(2);
        expect(statusOf(harness).withheld).toMatchObject({ count: 1, reason: "after-recovery" });
        await check(harness, 2 * day);
        const recoverAgain = fail(harness);
        await check(harness, 30 * day);
        expect(await listed(harness)).toBe(3);
        await recoverAgain();
        expect(await listed(harness)).toBe(2);
      },
      { config: policies(hide) },
    );
  });

  test("takes an emptied index for an outage, as ever", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 3);
        await show(0);
        await check(harness, 30 * day);
        expect(await listed(harness)).toBe(3);
        expect(statusOf(harness)).toMatchObject({
          withheld: null,
          sources: [{ error: { code: "emptied" } }],
        });
      },
      { config: policies(hide) },
    );
  });

  test("of a source that is configured no more is a loss like any other", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, 14);
        const [source] = harness.parts.config.sources;
        if (source?.kind !== "http") throw new Error("no source");
        const url = "https://elsewhere.example.com/charts";
        harness.parts.config = { ...harness.parts.config, sources: [{ ...source, url }] };
        await check(harness);
        await check(harness, 30 * day); // nothing is known of the new source yet
        expect(await listed(harness)).toBe(14);
        expect(statusOf(harness).withheld).toBeNull();
        const digest = await harness.upstream.archive(`${url}/beta-1.0.0.tgz`, "beta");
        harness.upstream.put(`${url}/index.yaml`, indexOf([{ chart: "beta", version: "1.0.0", digest }]));
        await check(harness);
        expect(statusOf(harness).withheld?.count).toBe(14);
        expect(await listed(harness)).toBe(14);
      },
      { config: policies(hide) },
    );
  });

  test("writes nothing when a check finds nothing new, while something is missing", async () => {
    await withKeeper(
      async (harness) => {
        const show = await publish(harness, 14);
        await show(2);
        await check(harness);
        const changes = () => harness.ledger.transaction(() => totalChanges(harness));
        const before = changes();
        await check(harness);
        expect(changes()).toEqual(before);
      },
      { config: policies(hide) },
    );
  });
});

test("no older version that vanished as well takes the place of one that is hidden", async () => {
  await withKeeper(
    async (harness) => {
      const show = await publish(harness, 1);
      const versions: IndexedVersion[] = [];
      for (const version of ["1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0"]) {
        const digest = await harness.upstream.archive(`alpha-${version}.tgz`, version);
        versions.unshift({ chart: "alpha", version, digest });
        harness.upstream.put("index.yaml", indexOf(versions));
        await check(harness);
      }
      const newest = async (): Promise<string[]> =>
        ((await harness.index()).entries["alpha"] ?? []).map(({ version }) => version);
      expect(await newest()).toEqual(["5.0.0", "4.0.0"]);
      await show(1);
      const seen = new Set<string>();
      for (let passed = 0; passed < 5; passed += 1) {
        await check(harness, day / 2);
        seen.add((await newest()).join(" "));
      }
      expect([...seen]).toEqual(["5.0.0 4.0.0", "1.0.0"]);
      harness.upstream.put("index.yaml", indexOf(versions.slice(2)));
      await check(harness);
      expect(await newest()).toEqual(["3.0.0", "2.0.0"]);
    },
    { config: policies({ removal: "hide", keepNewest: 2 }) },
  );
});

/** Everything that judging writes. */
function totalChanges({ ledger }: Harness): unknown {
  return [
    ledger.judgements.nextDue(),
    ledger.losses.pending(),
    ledger.fact("losses-changed"),
    ledger.fact("withheld"),
    ledger.fact("summary") === undefined ? "counted again" : "as before",
  ];
}

test("with other policies, what was hidden is listed again, and what vanished long ago is a loss from now on", async () => {
  const config = { ...repositoryConfig, ...policies(hide) };
  await withKeeper(
    async (harness) => {
      const show = await publish(harness, 3);
      await show(2);
      await check(harness, day);
      expect(await listed(harness)).toBe(2);
      harness.parts.config = { ...config, policies: { ...config.policies, removal: "keep" } };
      await harness.settle();
      expect(await listed(harness)).toBe(3);
      harness.parts.config = config;
      await harness.settle();
      expect(await listed(harness)).toBe(3);
      await check(harness, day);
      expect(await listed(harness)).toBe(2);
    },
    { config },
  );
});
