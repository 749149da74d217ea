import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { defaultPolicies } from "../../src/config/policies.ts";
import { archivesLost } from "../../src/keeper/repair.ts";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import { beginVerification, noteProgress } from "../../src/keeper/verification.ts";
import type { Withdrawal } from "../../src/storage/withdrawals.ts";
import { storeWithdrawals, withdrawalOf } from "../support/withdrawing.ts";
import { archiveKey, damagedArchiveKey, headKey, provenanceKey } from "../../src/storage/keys.ts";
import { failingStore } from "../support/failing-store.ts";
import { brokenStore } from "../support/broken-store.ts";
import {
  type Harness,
  indexOf,
  publishUpstream,
  repositoryConfig,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

const second = "https://second.example.com/charts";
const twoSources = {
  sources: [...repositoryConfig.sources, { kind: "http" as const, url: second, files: [], rewrites: [] }],
};

/** Other charts than any other test has: archives are shared by all repositories of the bucket. */
let charts = 0;
async function mirrored(harness: Harness, count: number): Promise<string[]> {
  charts += 1;
  const digests = await publishUpstream(harness, count, `chart-${charts}`);
  await harness.settle();
  return digests;
}

async function verify(harness: Harness): Promise<void> {
  beginVerification(harness.ledger, harness.parts.now());
  await harness.settle();
}

/** The first version of the last chart. */
const archive = () => `chart-${charts}-1.0.0.tgz`;
const content = () => `chart-${charts} 1`;

async function storeAgain(_: Harness, digest: string): Promise<void> {
  const bytes = new Uint8Array([0x1f, 0x8b, ...new TextEncoder().encode(content())]);
  await env.BUCKET.put(archiveKey(digest), bytes, { sha256: digest });
}

const corrupt = async (digest: string) => void (await env.BUCKET.put(archiveKey(digest), "rotten"));
const lose = async (digest: string) => await env.BUCKET.delete(archiveKey(digest));
const signature = "-----BEGIN PGP SIGNED MESSAGE-----";
const gone = () => new Response("gone", { status: 404 });
const listed = async (harness: Harness) =>
  Object.values((await harness.index()).entries)
    .flat()
    .map(({ version }) => version);
const textAt = async (key: string) => await (await env.BUCKET.get(key))?.text();

describe("a verification", () => {
  test("reads every stored archive, in units of the budget, and says how far it has come", async () => {
    const config = { budget: { entries: 1000, archives: 3, subrequests: 1000 } };
    await withKeeper(
      async (harness) => {
        await mirrored(harness, 7);
        const { revision } = await harness.head();
        beginVerification(harness.ledger, harness.parts.now());
        expect(beginVerification(harness.ledger, harness.parts.now())).toBe(false);
        await harness.unit();
        expect(statusOf(harness).verify).toMatchObject({ endedAt: null, checked: 3, total: 7 });
        await harness.settle();
        expect(statusOf(harness)).toMatchObject({
          verify: { endedAt: expect.any(String), checked: 7, total: 7, damaged: 0, repaired: 0 },
          integrityFailures: 0,
        });
        expect((await harness.head()).revision).toBe(revision);
        expect(harness.events).toContainEqual(expect.objectContaining({ event: "verified", checked: 7 }));
      },
      { config },
    );
  });

  test("repairs what is missing or has other bytes from the source, without anybody noticing", async () => {
    await withKeeper(async (harness) => {
      const [first = "", middle = ""] = await mirrored(harness, 3);
      const { revision } = await harness.head();
      await corrupt(first);
      await lose(middle);
      const told: string[] = [];
      harness.parts.tellLost = async (_, digests) => {
        for (const digest of digests) {
          expect(await env.BUCKET.head(archiveKey(digest))).not.toBeNull(); // who has no source finds it there
          told.push(digest);
        }
      };
      await verify(harness);
      expect(await requireEveryArchive(harness)).toBe(3);
      expect((await harness.head()).revision).toBe(revision);
      expect(statusOf(harness)).toMatchObject({
        verify: { checked: 3, damaged: 2, repaired: 2 },
        integrityFailures: 0,
        problemCount: 0,
        versions: { stored: 3, pending: 0 },
      });
      expect(told.toSorted()).toEqual([first, middle].toSorted());
      expect(await textAt(damagedArchiveKey(first))).toBe("rotten");
      const found = harness.events.flatMap((one) => (one.event === "integrity" ? one.digest : []));
      expect(found.toSorted()).toEqual([first, middle].toSorted());
    });
  });

  test.each(["put", "delete"])("repairs what R2 does not let go of, whose %s fails", async (method) => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 1);
      const { revision } = await harness.head();
      await corrupt(digest);
      const refused = method === "put" ? damagedArchiveKey(digest) : archiveKey(digest);
      harness.parts.bucket = brokenStore(harness.parts.bucket, async (call) => {
        if (call.method === method && call.key === refused) throw new Error("the store refuses");
        return await call.proceed();
      });
      const told: string[] = [];
      harness.parts.tellLost = async (_, digests) => void told.push(...digests);
      await verify(harness);
      expect(await requireEveryArchive(harness)).toBe(1);
      expect((await harness.head()).revision).toBe(revision);
      expect(told).toEqual([digest]);
      expect(harness.events).toContainEqual(expect.objectContaining({ event: "archive-unread" }));
      harness.wait(3600);
      await harness.settle();
      expect(statusOf(harness)).toMatchObject({
        verify: { endedAt: expect.any(String), checked: 1, damaged: 1, repaired: 1 },
        problemCount: 0,
      });
    });
  });

  test("lists no wrong bytes that R2 does not let go of, and removes them when it does", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 2);
      await corrupt(digest);
      harness.upstream.files.set(archive(), gone);
      const bucket = harness.parts.bucket;
      harness.parts.bucket = brokenStore(bucket, async ({ method, proceed }) => {
        if (method === "delete") throw new Error("the store refuses");
        return await proceed();
      });
      await verify(harness);
      expect(await listed(harness)).toEqual(["2.0.0"]);
      harness.parts.bucket = bucket;
      harness.wait(3600);
      await harness.settle();
      expect(await env.BUCKET.head(archiveKey(digest))).toBeNull();
      expect(statusOf(harness)).toMatchObject({ verify: { endedAt: expect.any(String) } });
    });
  });

  test("repairs from the second source what the first one does not have any more", async () => {
    await withKeeper(
      async (harness) => {
        const chart = "from-two";
        const digest = await harness.upstream.archive(`${chart}-1.0.0.tgz`, "from two");
        const bytes = harness.upstream.files.get(`${chart}-1.0.0.tgz`) ?? gone;
        harness.upstream.files.set(`${second}/${chart}-1.0.0.tgz`, bytes);
        const index = indexOf([{ chart, version: "1.0.0", digest }]);
        for (const at of ["", `${second}/`]) harness.upstream.put(`${at}index.yaml`, index);
        await harness.settle();
        await corrupt(digest);
        harness.upstream.files.set(`${chart}-1.0.0.tgz`, gone);
        await verify(harness);
        expect(statusOf(harness)).toMatchObject({
          integrityFailures: 0,
          verify: { damaged: 1, repaired: 1 },
        });
        expect(await requireEveryArchive(harness)).toBe(1);
      },
      { config: twoSources },
    );
  });

  test("unlists what no source has any more, says so, and never serves the wrong bytes", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 2);
      harness.upstream.put(`chart-${charts}-1.0.0.tgz`, "other bytes by now");
      await corrupt(digest);
      await verify(harness);
      expect(await listed(harness)).toEqual(["2.0.0"]);
      expect(await env.BUCKET.head(archiveKey(digest))).toBeNull();
      expect(statusOf(harness)).toMatchObject({
        integrityFailures: 1,
        problemCount: 1,
        verify: { damaged: 1, repaired: 0 },
        problems: [
          {
            version: "1.0.0",
            code: "integrity",
            message: expect.stringMatching(/other bytes: sha256 .*; .*by now/),
          },
        ],
      });
    });
  });

  const forbidden = () => new Response(null, { status: 302, headers: { location: "ftp://elsewhere" } });

  test.each([
    ["the source has it again", gone, async ({ upstream }: Harness) => void (await upstream.archive(archive(), content()))],
    ["somebody else stored it again", gone, storeAgain],
    ["somebody else stored it again, though the source is hopeless", forbidden, storeAgain],
  ])("has a version listed again, as it was, by itself when %s", async (_, answer, mend) => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 2);
      const { revision } = await harness.head();
      const text = await harness.indexText();
      await lose(digest);
      harness.upstream.files.set(archive(), answer);
      await verify(harness);
      expect(await listed(harness)).toEqual(["2.0.0"]);
      // What the source says of it meanwhile is not what was listed.
      const otherwise = { chart: `chart-${charts}`, version: "1.0.0", digest, description: "new" };
      harness.upstream.put("index.yaml", indexOf([otherwise]));
      harness.wait(600);
      await harness.settle();
      await mend(harness, digest);
      harness.wait(86_400);
      await harness.settle();
      expect((await harness.head()).revision).toBe(revision);
      expect(await harness.indexText()).toBe(text);
      expect(statusOf(harness)).toMatchObject({ integrityFailures: 0, problemCount: 0, verify: { repaired: 1 } });
    });
  }); // prettier-ignore

  test("finds with the next run what was put back by hand", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 1);
      const bytes = await (await env.BUCKET.get(archiveKey(digest)))?.bytes();
      await lose(digest);
      harness.upstream.files.set(`chart-${charts}-1.0.0.tgz`, gone);
      await verify(harness);
      expect(statusOf(harness).versions.listed).toBe(0);
      await env.BUCKET.put(archiveKey(digest), bytes ?? ""); // by a tool that gives R2 no digest
      await verify(harness);
      expect(statusOf(harness)).toMatchObject({ versions: { listed: 1 }, integrityFailures: 0 });
    });
  });

  test("asks again for provenance that is missing", async () => {
    await withKeeper(async (harness) => {
      charts += 1;
      const chart = `signed-${charts}`;
      const digest = await harness.upstream.archive(`${chart}-1.0.0.tgz`, chart);
      harness.upstream.put(`${chart}-1.0.0.tgz.prov`, signature);
      harness.upstream.put("index.yaml", indexOf([{ chart, version: "1.0.0", digest }]));
      await harness.settle();
      const { revision } = await harness.head();
      const key = provenanceKey(harness.repository, digest);
      await env.BUCKET.delete(key);
      harness.upstream.files.set(`${chart}-1.0.0.tgz.prov`, gone);
      await verify(harness);
      expect(statusOf(harness)).toMatchObject({
        integrityFailures: 1,
        versions: { listed: 1 },
        problems: [{ code: "integrity", message: expect.stringContaining("provenance is missing") }],
      });
      harness.upstream.put(`${chart}-1.0.0.tgz.prov`, signature);
      await verify(harness);
      await verify(harness);
      expect(await textAt(key)).toBe(signature);
      expect(statusOf(harness)).toMatchObject({ integrityFailures: 0, problemCount: 0 });
      expect((await harness.head()).revision).toBe(revision);
    });
  });

  test("waits for a store that fails, which says nothing about what it holds", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 1);
      const { bucket } = harness.parts;
      const down = [archiveKey(digest), headKey(harness.repository)];
      harness.parts.bucket = failingStore(
        bucket,
        (_, key) => (down.some((one) => one === key) ? "before" : "no"),
        {
          operations: 0,
        },
      );
      await verify(harness);
      expect(statusOf(harness)).toMatchObject({ verify: { endedAt: null, checked: 0, damaged: 0 } });
      expect(harness.events).toContainEqual(expect.objectContaining({ event: "verify-failed" }));
      harness.parts.bucket = bucket;
      harness.wait(60);
      await harness.settle();
      expect(statusOf(harness).verify).toMatchObject({ endedAt: expect.any(String), checked: 1, damaged: 0 });
    });
  });

  test("does not stop at an archive that R2 never gives, and looks at it again when it may", async () => {
    const config = { budget: { entries: 1000, archives: 2, subrequests: 1000 } };
    await withKeeper(
      async (harness) => {
        const digests = await mirrored(harness, 9);
        const { bucket } = harness.parts;
        const refused = digests.slice(0, 8).map(archiveKey);
        const refusing = (keys: readonly string[]) =>
          failingStore(bucket, (_, key) => (keys.some((one) => one === key) ? "before" : "no"), {
            operations: 0,
          });
        harness.parts.bucket = refusing(refused);
        await lose(digests[8] ?? "");
        await verify(harness);
        const first = {
          endedAt: expect.any(String),
          checked: 1,
          total: 9,
          unread: 8,
          damaged: 1,
          repaired: 1,
        };
        expect(statusOf(harness)).toMatchObject({ verify: first, versions: { listed: 9 } });
        expect(harness.events.filter(({ event }) => event === "archive-unread")).toHaveLength(8);
        harness.parts.bucket = refusing(refused.slice(0, 1));
        await lose(digests[1] ?? "");
        harness.wait(3600);
        await harness.settle();
        harness.wait(3600);
        await harness.settle();
        const later = { checked: 8, unread: 1, damaged: 2, repaired: 2 };
        expect(statusOf(harness)).toMatchObject({ verify: later, versions: { listed: 9 } });
        harness.parts.bucket = bucket;
        harness.wait(3600);
        await harness.settle();
        expect(statusOf(harness).verify).toMatchObject({ checked: 9, unread: 0 });
        expect(harness.ledger.fact("verify-due")).toBeUndefined();
      },
      { config },
    );
  });
});

test("a verification of which more than a thousand archives could not be read waits for the store", async () => {
  await withKeeper(async (harness) => {
    const { ledger, parts } = harness;
    await mirrored(harness, 1);
    const { bucket } = parts;
    parts.bucket = brokenStore(bucket, async ({ key, proceed }) => {
      if (String(key).startsWith("archives/")) throw new Error("the store refuses");
      return await proceed();
    });
    beginVerification(ledger, parts.now());
    noteProgress(ledger, () => ({ unread: Array.from({ length: 1000 }, (_, row) => 1_000_000 + row) }));
    await harness.settle();
    expect(statusOf(harness).verify).toMatchObject({ endedAt: null, checked: 0, unread: 1000 });
    expect(harness.events).toContainEqual(expect.objectContaining({ event: "verify-failed" }));
  });
});

test("what another repository found missing is copied again here, too", async () => {
  await withKeeper(async (harness) => {
    const [digest = ""] = await mirrored(harness, 1);
    await lose(digest);
    const { ledger, parts } = harness;
    archivesLost(ledger, ledger.damage.storedWith([digest, "0a".repeat(32)]), "elsewhere", parts.now());
    await harness.settle();
    expect(await requireEveryArchive(harness)).toBe(1);
    expect(harness.upstream.requests.filter((path) => path === `chart-${charts}-1.0.0.tgz`)).toHaveLength(2);
  });
});

describe("damage", () => {
  test("is told although a hundred younger problems are", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 1);
      const chart = `chart-${charts}`;
      const broken = Array.from({ length: 101 }, (_, at) => ({
        chart: "broken",
        version: `1.0.${at}`,
        digest: "0".repeat(64),
      }));
      harness.upstream.put("index.yaml", indexOf([...broken, { chart, version: "1.0.0", digest }]));
      harness.wait(600);
      await harness.settle();
      harness.upstream.files.set(archive(), gone);
      await lose(digest);
      await verify(harness);
      expect(statusOf(harness).problemCount).toBe(102);
      expect(statusOf(harness).problems[0]).toMatchObject({ chart, code: "integrity" });
      const subject = `${chart} 1.0.0`;
      expect(harness.ledger.notices.conditions()).toContainEqual({ event: "integrity-failure", subject });
    });
  });

  test("of what is left out by now is repaired as well, without listing it: lock files lead there", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 3);
      harness.parts.config = { ...harness.parts.config, policies: { ...defaultPolicies, keepNewest: 1 } };
      await harness.settle();
      expect(await listed(harness)).toEqual(["3.0.0"]);
      await lose(digest);
      const bytes = harness.upstream.files.get(archive()) ?? gone;
      harness.upstream.files.set(archive(), gone);
      await verify(harness);
      expect(statusOf(harness)).toMatchObject({ integrityFailures: 1, versions: { skipped: 2 } });
      harness.upstream.files.set(archive(), bytes);
      harness.wait(86_400);
      await harness.settle();
      expect(await env.BUCKET.head(archiveKey(digest))).not.toBeNull();
      expect(statusOf(harness)).toMatchObject({ integrityFailures: 0, problems: [] });
      expect(await listed(harness)).toEqual(["3.0.0"]);
    });
  });

  test("of what is withdrawn is repaired as well, and nothing of it is listed until it is reinstated", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 2);
      const entry = withdrawalOf(harness.repository, `chart-${charts}`, "1.0.0", { digests: [digest] });
      const applied = async (...entries: Withdrawal[]): Promise<void> => {
        const { number } = await storeWithdrawals(...entries);
        tellWithdrawals(harness.ledger, number, harness.parts.now());
        await harness.settle();
      };
      await applied(entry);
      await lose(digest);
      await verify(harness);
      expect(await env.BUCKET.head(archiveKey(digest))).not.toBeNull();
      expect(statusOf(harness)).toMatchObject({ integrityFailures: 0, versions: { withdrawn: 1 } });
      expect(await listed(harness)).toEqual(["2.0.0"]);
      harness.upstream.files.set(archive(), gone);
      await applied();
      expect(await listed(harness)).toEqual(["2.0.0", "1.0.0"]);
    });
  });

  test("is known still when what another Keeper published is taken over", async () => {
    await withKeeper(async (harness) => {
      const [digest = ""] = await mirrored(harness, 1);
      const bytes = harness.upstream.files.get(archive()) ?? gone;
      harness.upstream.files.set(archive(), gone);
      await lose(digest);
      await verify(harness);
      await storeAgain(harness, digest); // for who publishes it
      await withKeeper(
        async (other) => {
          await publishUpstream(other, 1, `chart-${charts}`);
          await other.settle();
        },
        { repository: harness.repository },
      );
      expect(await listed(harness)).toEqual(["1.0.0"]);
      await lose(digest);
      harness.ledger.listingChanged();
      await harness.settle();
      expect(await listed(harness)).toEqual([]);
      harness.upstream.files.set(archive(), bytes);
      harness.wait(86_400);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
      expect(statusOf(harness).integrityFailures).toBe(0);
    });
  });
});
