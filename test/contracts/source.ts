import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import type { SourceConfig } from "../../src/config/config.ts";
import { archiveKey, provenanceKey } from "../../src/storage/keys.ts";
import { type Harness, requireEveryArchive, statusOf, withKeeper } from "../support/keeper-harness.ts";

/** Text enough for a provenance file. */
const provenance = "-----BEGIN PGP SIGNED MESSAGE-----\n";

/** A source of some kind, as a publisher and an accident change it. */
export interface SourceUnderTest {
  config: SourceConfig;
  /** @returns the archive's SHA-256 */
  publish(chart: string, version: string, content: string, provenance?: string): Promise<string>;
  withdraw(chart: string, version: string): void;
  /** Everything answers with this status from now on; undefined: no longer. */
  answerAll(status: number | undefined): void;
  /** Nothing is published any more, and the source says so in good order. */
  empty(): void;
  /** Archives have other bytes than their digests say, from now on. */
  spoilArchives(): void;
  /** Requests so far. */
  requests(): number;
}

/** What holds for every kind of source. */
export function describeSource(open: (harness: Harness, charts: string[]) => SourceUnderTest): void {
  const mirroring = async (
    work: (harness: Harness, source: SourceUnderTest) => Promise<void>,
    charts = ["alpha"],
  ): Promise<void> => {
    await withKeeper(async (harness) => {
      const source = open(harness, charts);
      harness.parts.config = { ...harness.parts.config, sources: [source.config] };
      await work(harness, source);
    });
  };
  const later = async (harness: Harness, seconds = 600): Promise<void> => {
    harness.wait(seconds);
    await harness.settle();
  };
  const versionsOf = async (harness: Harness): Promise<string[]> =>
    (await harness.index()).entries["alpha"]?.map(({ version }) => version) ?? [];

  test("lists what it has, newest first, with archives and provenance in storage", async () => {
    await mirroring(async (harness, source) => {
      const first = await source.publish("alpha", "1.0.0", "one", provenance);
      await source.publish("alpha", "1.10.0", "ten");
      await source.publish("alpha", "1.9.0+build.1", "nine");
      await harness.settle();
      expect(await versionsOf(harness)).toEqual(["1.10.0", "1.9.0+build.1", "1.0.0"]);
      expect(await requireEveryArchive(harness)).toBe(3);
      const stored = await env.BUCKET.get(provenanceKey(harness.repository, first));
      expect(await stored?.text()).toBe(provenance);
      expect(statusOf(harness).sources[0]).toMatchObject({
        kind: source.config.kind,
        state: "ok",
        outage: null,
        versions: { shown: 3, listed: 3, only: 3 },
      });
    });
  });

  test("is asked once where nothing is new, and nothing is published", async () => {
    await mirroring(async (harness, source) => {
      await source.publish("alpha", "1.0.0", "one");
      await harness.settle();
      const [before, asked] = [await harness.head(), source.requests()];
      await later(harness);
      expect(source.requests() - asked).toBe(1);
      expect(await harness.head()).toEqual(before);
    });
  });

  test("gives a new version at the next check", async () => {
    await mirroring(async (harness, source) => {
      await source.publish("alpha", "1.0.0", "one");
      await harness.settle();
      await source.publish("alpha", "2.0.0", "two");
      await later(harness);
      expect(await versionsOf(harness)).toEqual(["2.0.0", "1.0.0"]);
    });
  });

  test("takes nothing away by withdrawing a version", async () => {
    await mirroring(async (harness, source) => {
      await source.publish("alpha", "1.0.0", "one");
      await source.publish("alpha", "2.0.0", "two");
      await harness.settle();
      source.withdraw("alpha", "1.0.0");
      await later(harness);
      expect(await versionsOf(harness)).toEqual(["2.0.0", "1.0.0"]);
      expect(statusOf(harness).sources[0]?.versions).toEqual({ shown: 1, listed: 1, only: 1 });
    });
  });

  test.each([403, 404, 429, 500, 503])(
    "keeps all while it answers %i, and says from when to when",
    async (status) => {
      await mirroring(async (harness, source) => {
        await source.publish("alpha", "1.0.0", "one");
        await harness.settle();
        const before = await harness.indexText();
        source.answerAll(status);
        await later(harness);
        expect(await harness.indexText()).toBe(before);
        const [failing] = statusOf(harness).sources;
        expect(failing?.state).toBe("failing");
        expect(failing?.outage).toMatchObject({ until: null, code: failing?.error?.code });
        source.answerAll(undefined);
        await later(harness, 3600);
        const [healthy] = statusOf(harness).sources;
        expect(healthy).toMatchObject({
          state: "ok",
          error: null,
          outage: { since: failing?.outage?.since },
        });
        expect(healthy?.outage?.until).toBe(healthy?.checkedAt);
        expect(await harness.indexText()).toBe(before);
      });
    },
  );

  test("keeps all when there is suddenly nothing: an outage", async () => {
    await mirroring(async (harness, source) => {
      await source.publish("alpha", "1.0.0", "one");
      await harness.settle();
      const before = await harness.indexText();
      source.empty();
      await later(harness);
      expect(await harness.indexText()).toBe(before);
      expect(statusOf(harness).sources[0]?.error?.code).toBe("emptied");
    });
  });

  test("neither stores nor lists bytes of another digest, and says which", async () => {
    await mirroring(async (harness, source) => {
      const digest = await source.publish("alpha", "1.0.0", `spoiled in ${harness.repository}`);
      source.spoilArchives();
      await harness.settle();
      expect(await env.BUCKET.head(archiveKey(digest))).toBeNull();
      const [problem] = statusOf(harness).problems;
      expect(problem).toMatchObject({ chart: "alpha", version: "1.0.0", code: "digest-mismatch" });
      expect(problem?.message).toContain(digest);
    });
  });

  test("comes to the same index in the smallest of units", async () => {
    let whole = "";
    const charts = ["alpha", "beta", "gamma"];
    const publishAll = async (source: SourceUnderTest): Promise<void> => {
      for (const chart of charts) {
        for (let minor = 0; minor < 5; minor += 1)
          await source.publish(chart, `1.${minor}.0`, `${chart}${minor}`);
      }
    };
    await mirroring(async (harness, source) => {
      await publishAll(source);
      await harness.settle();
      whole = await harness.indexText();
    }, charts);
    await mirroring(async (harness, source) => {
      await publishAll(source);
      harness.parts.budget = { entries: 3, archives: 2, subrequests: 10 };
      await harness.settle();
      expect(await harness.indexText()).toBe(whole);
      expect(await requireEveryArchive(harness)).toBe(15);
    }, charts);
  });
}
