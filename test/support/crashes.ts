import { env } from "cloudflare:test";
import { describe, expect, inject, test } from "vitest";
import { revisionsPrefix } from "../../src/storage/keys.ts";
import { failingStore } from "./failing-store.ts";
import { type Harness, requireEveryArchive, withKeeper } from "./keeper-harness.ts";
import { historyOf, publishedText } from "./published-documents.ts";

export interface Publisher {
  name: string;
  /** Two charts, so many versions of each; one with provenance. */
  open: (harness: Harness) => (versions: number) => Promise<void>;
  /** What is kept beside the charts in the end. */
  kept: number;
}

async function scenario(harness: Harness, { open }: Publisher): Promise<void> {
  const publishVersions = open(harness);
  await publishVersions(2);
  await untilSettled(harness);
  await publishVersions(3);
  harness.wait(600);
  await untilSettled(harness);
}

/** As the alarms do it: a unit that throws is followed by another one. */
async function untilSettled(harness: Harness): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      await harness.settle();
      return;
    } catch {
      await requireEveryArchive(harness);
      harness.wait(5);
    }
  }
  throw new Error("it never settled");
}

/** What clients of both kinds get in the end. */
const published = async (harness: Harness): Promise<string> =>
  (await harness.indexText()) + (await publishedText(harness, "registry.txt"));

/** What the publications added, each version once; in the end, only the current revision is in storage. */
async function requireHistory(harness: Harness): Promise<void> {
  harness.wait(2 * 3600); // a store that refused the history is asked again, and no member is waited for any more
  await untilSettled(harness);
  const { revisions } = await historyOf(harness);
  const { revision } = await harness.head();
  expect(revisions[0]).toMatchObject({ revision, supersededAt: null });
  expect(revisions.reduce((sum, { added }) => sum + added.count, 0)).toBe(6);
  expect(revisions.map(({ changed, hidden }) => changed.count + hidden.count)).not.toContain(1);
  harness.wait(2 * 86_400);
  await untilSettled(harness);
  await untilSettled(harness);
  const { objects } = await env.BUCKET.list({ prefix: revisionsPrefix(harness.repository) });
  const stored = objects.map(({ key }) => key.slice(0, key.lastIndexOf("/")));
  expect([...new Set(stored)]).toEqual([`${revisionsPrefix(harness.repository)}${revision}`]);
}

/** Of the preferred source. */
function keptOf({ ledger, parts: { config } }: Harness): number {
  const [source] = config.sources;
  return source === undefined ? 0 : ledger.kept.count(ledger.sources.open(source, config.limits).row.id);
}

async function uninterrupted(publisher: Publisher): Promise<{ text: string; operations: number }> {
  const counter = { operations: 0 };
  let text = "";
  await withKeeper(async (harness) => {
    harness.parts.bucket = failingStore(harness.parts.bucket, () => "no", counter);
    harness.parts.kv = failingStore(harness.parts.kv, () => "no", counter);
    await scenario(harness, publisher);
    text = await published(harness);
  });
  return { text, operations: counter.operations };
}

/** CI has the time for every operation in both ways (see vitest.config.ts); otherwise it is every second one. */
const thorough = inject("thorough");
const ways = thorough ? (["before", "after"] as const) : (["in turn"] as const);
const step = thorough ? 1 : 2;

/** The same publications once without a fault, and once for every storage operation that fails. */
export function describeCrashes(publisher: Publisher): void {
  describe(`a unit that dies at any storage operation, while mirroring ${publisher.name},`, () => {
    test.each(ways)(
      "%s it takes effect, leaves every published URL answered, and the same index in the end",
      async (way) => {
        const { text, operations } = await uninterrupted(publisher);
        expect(operations).toBeGreaterThan(20);
        for (let failing = 1; failing <= operations; failing += step) {
          const when = way === "in turn" ? (failing % 4 === 1 ? "before" : "after") : way;
          const counter = { operations: 0 };
          await withKeeper(async (harness) => {
            const fails = (operation: number) => (operation === failing ? when : "no");
            harness.parts.bucket = failingStore(harness.parts.bucket, fails, counter);
            harness.parts.kv = failingStore(harness.parts.kv, fails, counter);
            await scenario(harness, publisher);
            expect(await requireEveryArchive(harness), `operation ${failing}`).toBe(6);
            expect(await published(harness), `operation ${failing}`).toBe(text);
            expect(keptOf(harness), `operation ${failing}`).toBe(publisher.kept);
            await requireHistory(harness);
          });
        }
      },
      60_000,
    );
  });
}
