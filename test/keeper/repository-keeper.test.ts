import { env, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { RepositoryKeeper, shrink } from "../../src/keeper/repository-keeper.ts";
import type { KeeperEvent } from "../../src/observability/event.ts";
import { failingStore } from "../support/failing-store.ts";
import { FakeUpstream, indexOf, repositoryConfig } from "../support/keeper-harness.ts";

interface Kept {
  repository: string;
  keeper: RepositoryKeeper;
  upstream: FakeUpstream;
  storage: DurableObjectStorage;
  events: KeeperEvent[];
  /** Milliseconds; the tests move it. */
  clock: { now: number };
  /** How many storage operations fail from now on. */
  faults: { left: number };
  /** As after an eviction: the same storage, another object. */
  reborn(): RepositoryKeeper;
}

let objects = 0;

/** A Keeper in a Durable Object of its own, whose alarms the test rings. */
async function withObject(work: (kept: Kept) => Promise<void>): Promise<void> {
  objects += 1;
  const repository = `kept-${objects}`;
  await runInDurableObject(env.LEDGERS.getByName(repository), async (_instance, { storage }) => {
    const upstream = new FakeUpstream();
    const events: KeeperEvent[] = [];
    const clock = { now: Date.UTC(2100, 0, 1) }; // so far away that no alarm rings by itself
    const faults = { left: 0 };
    const fails = () => (faults.left-- > 0 ? "before" : "no");
    const reborn = () =>
      new RepositoryKeeper({
        storage,
        repositories: { [repository]: repositoryConfig },
        bucket: failingStore(env.BUCKET, fails, { operations: 0 }),
        kv: env.KV,
        secret: () => undefined,
        fetch: upstream.fetch,
        now: () => clock.now,
        log: (event) => void events.push(event),
        purge: () => Promise.resolve(),
        announce: () => Promise.resolve(),
        tellLost: () => Promise.resolve(),
      });
    const digest = await upstream.archive("alpha-1.0.0.tgz", repository);
    upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
    await work({ repository, keeper: reborn(), upstream, storage, events, clock, faults, reborn });
  });
}

/** How long until the next alarm, in seconds. */
async function untilAlarm({ storage, clock }: Kept): Promise<number> {
  return ((await storage.getAlarm()) ?? Number.NaN) / 1000 - clock.now / 1000;
}

test("pokes set an alarm for now, and any number of them do no more than one", async () => {
  await withObject(async (kept) => {
    const { keeper, repository } = kept;
    await Promise.all([keeper.poke(repository), keeper.poke(repository), keeper.poke(repository)]);
    expect(await untilAlarm(kept)).toBe(0);
    await keeper.alarm();
    await keeper.poke(repository);
    expect(await untilAlarm(kept)).toBe(repositoryConfig.interval);
    expect(kept.upstream.requests).toEqual(["index.yaml", "alpha-1.0.0.tgz", "alpha-1.0.0.tgz.prov"]);
    expect(keeper.status(repository)?.versions).toMatchObject({ listed: 1, pending: 0 });
  });
});

test("a poke in the middle of a unit changes nothing", async () => {
  await withObject(async (kept) => {
    const { keeper, repository, upstream } = kept;
    await keeper.poke(repository);
    const archive = upstream.files.get("alpha-1.0.0.tgz");
    upstream.files.set("alpha-1.0.0.tgz", async () => {
      await keeper.poke(repository);
      await kept.reborn().poke(repository); // nor does one that knows nothing of the unit
      return new Response(archive instanceof Uint8Array ? archive : null);
    });
    await keeper.alarm();
    expect(upstream.requests.filter((path) => path === "alpha-1.0.0.tgz")).toHaveLength(1);
    expect(await untilAlarm(kept)).toBe(repositoryConfig.interval);
  });
});

test("an alarm that is delivered twice finds nothing to do", async () => {
  await withObject(async (kept) => {
    await kept.keeper.poke(kept.repository);
    await kept.keeper.alarm();
    kept.upstream.requests = [];
    await kept.keeper.alarm();
    expect(kept.upstream.requests).toEqual([]);
  });
});

describe("a unit that fails", () => {
  test("is tried again with back-off, and makes up for it when it can", async () => {
    await withObject(async (kept) => {
      const { keeper, repository, faults, clock, events } = kept;
      await keeper.poke(repository);
      faults.left = Number.POSITIVE_INFINITY;
      const waits: number[] = [];
      for (let attempt = 0; attempt < 4; attempt += 1) {
        await keeper.alarm();
        waits.push(await untilAlarm(kept));
        clock.now += 1000 * (waits.at(-1) ?? 0);
      }
      expect(waits).toEqual([5, 10, 20, 40]);
      expect(events.filter(({ event }) => event === "unit-failed")).toHaveLength(4);
      faults.left = 0;
      await keeper.alarm();
      expect(keeper.status(repository)?.versions.listed).toBe(1);
      expect(await untilAlarm(kept)).toBeGreaterThan(40);
    });
  });

  test("because its isolate died has its successor's alarm already, which a poke does not bring forward", async () => {
    await withObject(async (kept) => {
      const { keeper, repository, upstream } = kept;
      await keeper.poke(repository);
      let die = (): void => {};
      const dead = new Promise<void>((resolve) => (die = resolve));
      upstream.files.set("index.yaml", async () => {
        die();
        return await new Promise<Response>(() => {}); // it never comes back
      });
      void keeper.alarm();
      await dead;
      expect(await untilAlarm(kept)).toBe(5);
      await kept.reborn().poke(repository);
      expect(await untilAlarm(kept)).toBe(5);
    });
  });

  test("to come back, until the platform ends it, is followed by the next one in the same object", async () => {
    await withObject(async (kept) => {
      const { keeper, repository, upstream, clock } = kept;
      await keeper.poke(repository);
      const index = upstream.files.get("index.yaml") ?? new Uint8Array();
      const hanging = Promise.withResolvers<void>();
      upstream.files.set("index.yaml", async () => {
        hanging.resolve();
        return await new Promise<Response>(() => {});
      });
      void keeper.alarm();
      await hanging.promise;
      upstream.files.set("index.yaml", index);
      clock.now += 900_000;
      await keeper.alarm();
      expect(keeper.status(repository)?.versions.listed).toBe(1);
      expect(keeper.isAtWork(repository)).toBe(false);
      await keeper.poke(repository);
      expect(await untilAlarm(kept)).toBe(repositoryConfig.interval);
    });
  });
});

test("each further attempt at a unit is half as large, but never nothing", () => {
  const budget = { entries: 1000, archives: 100, subrequests: 500 };
  expect(shrink(budget, 1)).toEqual(budget);
  expect(shrink(budget, 2)).toEqual({ entries: 500, archives: 50, subrequests: 250 });
  expect(shrink(budget, 100)).toEqual({ entries: 10, archives: 1, subrequests: 10 });
});

test("a poke with another number of the withdrawals is work for now, in the middle of a unit too", async () => {
  await withObject(async (kept) => {
    const { keeper, repository, upstream } = kept;
    await keeper.poke(repository, 0);
    await keeper.alarm();
    await keeper.poke(repository, 0);
    expect(await untilAlarm(kept)).toBe(repositoryConfig.interval);
    await keeper.poke(repository, 1);
    expect(await untilAlarm(kept)).toBe(0);
    await keeper.alarm();
    // What is stored has no number yet: it is read once for each poke, and not over and over.
    expect(await untilAlarm(kept)).toBe(repositoryConfig.interval);
    kept.clock.now += repositoryConfig.interval * 1000;
    const index = upstream.files.get("index.yaml");
    upstream.files.set("index.yaml", async () => {
      await keeper.poke(repository, 2);
      return new Response(index instanceof Uint8Array ? index : "");
    });
    await keeper.alarm();
    expect(await untilAlarm(kept)).toBe(0);
  });
});

test("digests are told of a version that is known, and of a repository that is configured", async () => {
  await withObject(async ({ keeper, repository }) => {
    await keeper.poke(repository);
    await keeper.alarm();
    expect(keeper.digestsOf(repository, "alpha", "1.0.0")).toEqual({
      digests: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      manifests: [expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)],
    });
    expect(keeper.digestsOf(repository, "alpha", "2.0.0")).toBeUndefined();
    expect(keeper.digestsOf(repository, "beta", "1.0.0")).toBeUndefined();
    expect(keeper.digestsOf("another", "alpha", "1.0.0")).toBeUndefined();
  });
});
