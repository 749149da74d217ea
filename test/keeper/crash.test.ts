import { describe, expect, test } from "vitest";
import { failingStore } from "../support/failing-store.ts";
import { FakeRegistry, registryUrl } from "../support/fake-registry.ts";
import { type Harness, indexOf, requireEveryArchive, withKeeper } from "../support/keeper-harness.ts";
import { publishedText } from "../support/published-documents.ts";

interface Publisher {
  name: string;
  /** Two charts, so many versions of each; one with provenance. */
  open: (harness: Harness) => (versions: number) => Promise<void>;
}

/** One release has no digest. */
async function publishOverHttp({ upstream }: Harness, versions: number): Promise<void> {
  const entries = [];
  for (let major = 1; major <= versions; major += 1) {
    for (const chart of ["alpha", "beta"]) {
      const digest = await upstream.archive(`${chart}-${major}.0.0.tgz`, `${chart} ${major}`);
      entries.push({ chart, version: `${major}.0.0`, ...(major === 2 ? {} : { digest }) });
    }
  }
  upstream.put("alpha-1.0.0.tgz.prov", "-----BEGIN PGP SIGNATURE-----");
  upstream.put("index.yaml", indexOf(entries));
}

function openRegistry({ parts }: Harness): (versions: number) => Promise<void> {
  const registry = new FakeRegistry();
  parts.fetch = registry.fetch;
  parts.config = {
    ...parts.config,
    sources: [
      { kind: "oci", url: registryUrl, charts: ["alpha", "beta"], plainHttp: false, recheck: 86_400 },
    ],
  };
  return async (versions) => {
    for (let major = 1; major <= versions; major += 1) {
      const provenance = "-----BEGIN PGP SIGNATURE-----";
      await registry.push("alpha", `${major}.0.0`, `alpha ${major}`, major === 1 ? { provenance } : {});
      await registry.push("beta", `${major}.0.0`, `beta ${major}`);
    }
  };
}

const publishers: Publisher[] = [
  { name: "an HTTP repository", open: (harness) => (versions) => publishOverHttp(harness, versions) },
  { name: "a registry", open: openRegistry },
];

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

describe.each(publishers)(
  "a unit that dies at any storage operation, while mirroring $name,",
  (publisher) => {
    test.each(["before", "after"] as const)(
      "%s it takes effect leaves every published URL answered, and the same index in the end",
      async (when) => {
        const { text, operations } = await uninterrupted(publisher);
        expect(operations).toBeGreaterThan(20);
        for (let failing = 1; failing <= operations; failing += 1) {
          const counter = { operations: 0 };
          await withKeeper(async (harness) => {
            const fails = (operation: number) => (operation === failing ? when : "no");
            harness.parts.bucket = failingStore(harness.parts.bucket, fails, counter);
            harness.parts.kv = failingStore(harness.parts.kv, fails, counter);
            await scenario(harness, publisher);
            expect(await requireEveryArchive(harness), `operation ${failing}`).toBe(6);
            expect(await published(harness), `operation ${failing}`).toBe(text);
          });
        }
      },
      30_000,
    );
  },
);
