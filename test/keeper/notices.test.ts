import { describe, expect, test } from "vitest";
import { defaultPolicies } from "../../src/config/policies.ts";
import {
  indexOf,
  publishUpstream,
  repositoryConfig,
  sourceUrl,
  withKeeper,
} from "../support/keeper-harness.ts";
import {
  webhook,
  receiver,
  notifying,
  check,
  breakUpstream,
  releaseAgain,
} from "../support/webhook-receiver.ts";

describe("a source that fails", () => {
  test("is told when it failed so often in a row, once, and once more when it is back", async () => {
    await withKeeper(async (harness) => {
      const { told, events } = receiver(harness);
      await publishUpstream(harness, 1);
      await harness.settle();
      const mend = breakUpstream(harness);
      await check(harness, 2);
      expect(events()).toEqual([]);
      await check(harness, 4);
      expect(events()).toEqual(["source-failing"]);
      mend();
      await check(harness, 2);
      expect(events()).toEqual(["source-failing", "source-recovered"]);
      expect(told[0]?.notice).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        event: "source-failing",
        repository: harness.repository,
        at: "2026-01-01T00:30:00.000Z",
        since: "2026-01-01T00:10:00.000Z",
        source: sourceUrl,
        code: "not-found",
        message: `${sourceUrl} failed 3 checks in a row: ${sourceUrl}/index.yaml: status 404. What is mirrored stays served.`,
        count: 0,
        versions: [],
      });
      expect(told[1]?.notice).toMatchObject({ since: "2026-01-01T00:10:00.000Z", source: sourceUrl });
      breakUpstream(harness);
      await check(harness, 3);
      expect(events()).toEqual(["source-failing", "source-recovered", "source-failing"]);
      expect(new Set(told.map(({ notice }) => notice.id)).size).toBe(3);
    }, notifying(webhook));
  });

  test("too shortly to be told is not told to be back either", async () => {
    await withKeeper(async (harness) => {
      const { events } = receiver(harness);
      await publishUpstream(harness, 1);
      await harness.settle();
      const mend = breakUpstream(harness);
      await check(harness, 2);
      mend();
      await check(harness, 2);
      expect(events()).toEqual([]);
    }, notifying(webhook));
  });

  test("is not told again when it takes more failures by now, nor as back when it is configured no more", async () => {
    await withKeeper(
      async (harness) => {
        const { events } = receiver(harness);
        breakUpstream(harness);
        await harness.settle();
        await check(harness, 3);
        harness.parts.config.notify.failures = 100;
        await check(harness, 2);
        harness.parts.config.notify.failures = 1;
        await check(harness, 2);
        expect(events()).toEqual(["source-failing"]);
        harness.parts.config.sources = [];
        harness.ledger.remember("status-due", 0);
        await check(harness, 1);
        expect(events()).toEqual(["source-failing"]);
        expect(harness.ledger.notices.conditions()).toEqual([]);
      },
      notifying({ ...webhook }),
    );
  });
});

describe("versions with other bytes", () => {
  test("are told in one notice, each once", async () => {
    await withKeeper(async (harness) => {
      const { told, events } = receiver(harness);
      const digests = await publishUpstream(harness, 25);
      await harness.settle();
      expect(events()).toEqual([]);
      const versions = digests.map((_, index) => `${index + 1}.0.0`);
      await releaseAgain(harness, versions);
      await check(harness, 3);
      expect(events()).toEqual(["version-mutated"]);
      expect(told[0]?.notice).toMatchObject({ count: 25, source: null });
      expect(told[0]?.notice.versions).toHaveLength(20);
      expect(told[0]?.notice.versions[0]).toMatchObject({
        chart: "alpha",
        version: "25.0.0",
        listed: digests[24],
        other: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      const third = await harness.upstream.archive("alpha-1.0.0.tgz", "a third time");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest: third }]));
      await check(harness, 3);
      expect(told[1]?.notice).toMatchObject({
        event: "version-mutated",
        count: 1,
        versions: [{ chart: "alpha", version: "1.0.0", listed: digests[0], other: third }],
      });
      expect(told).toHaveLength(2);
    }, notifying(webhook));
  });

  test("are told together when a fill over many units is over", async () => {
    await withKeeper(
      async (harness) => {
        const { told } = receiver(harness);
        await publishUpstream(harness, 6);
        const other = {
          ...harness.parts.config.sources[0],
          kind: "http",
          url: "https://other.example",
        } as const;
        harness.parts.config.sources.push({ ...other, files: [], rewrites: [] });
        const entries = [];
        for (let major = 1; major <= 6; major += 1) {
          const url = `https://other.example/alpha-${major}.0.0.tgz`;
          const digest = await harness.upstream.archive(url, `other ${major}`);
          entries.push({ chart: "alpha", version: `${major}.0.0`, digest, url });
        }
        harness.upstream.put("https://other.example/index.yaml", indexOf(entries));
        await harness.settle();
        expect(told.map(({ notice }) => [notice.event, notice.count])).toEqual([["version-mutated", 6]]);
      },
      {
        config: {
          sources: [...repositoryConfig.sources],
          budget: { entries: 1000, archives: 2, subrequests: 100 },
          ...notifying(webhook).config,
        },
      },
    );
  });
});

test("more and more that waits is told, once", async () => {
  await withKeeper(async (harness) => {
    const { told, events } = receiver(harness);
    const publish = async (count: number) => {
      await publishUpstream(harness, count);
      for (let major = 1; major <= count; major += 1) {
        harness.upstream.files.set(`alpha-${major}.0.0.tgz`, () => new Response(null, { status: 503 }));
      }
    };
    harness.ledger.remember("copy-pause", Date.UTC(2027, 0, 1)); // nothing is copied any more
    await publish(5);
    await harness.settle();
    await check(harness, 5, 3600);
    expect(events()).toEqual([]); // a number that stays is not growing
    await publish(9);
    await check(harness, 3, 3600);
    expect(events()).toEqual(["backlog-growing"]);
    expect(told[0]?.notice).toMatchObject({ count: 9 });
    await check(harness, 3, 3600);
    expect(events()).toHaveLength(1);
  }, notifying(webhook));
});

test("what began before a webhook was added is not told to it", async () => {
  await withKeeper(async (harness) => {
    const { events } = receiver(harness);
    await publishUpstream(harness, 2);
    await harness.settle();
    await releaseAgain(harness, ["1.0.0"]);
    await check(harness, 2);
    breakUpstream(harness);
    await check(harness, 5);
    harness.parts.config.notify.webhooks.push(webhook);
    await check(harness, 5);
    expect(events()).toEqual([]);
  }, notifying());
});

test("other bytes that are listed when they are old enough are told once, when they come", async () => {
  const policies = { ...defaultPolicies, change: "follow" as const, minimumAge: 3600 };
  await withKeeper(
    async (harness) => {
      const hook = receiver(harness);
      await publishUpstream(harness, 1);
      await check(harness, 8);
      await releaseAgain(harness, ["1.0.0"]);
      const before = (await harness.head()).revision;
      await check(harness, 20);
      expect((await harness.head()).revision).not.toBe(before);
      expect(hook.events()).toEqual(["version-mutated"]);
    },
    { config: { policies, ...notifying(webhook).config } },
  );
});
