import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { revisionsPrefix } from "../../src/storage/keys.ts";
import { failingStore } from "../support/failing-store.ts";
import { FakeRegistry, registryUrl } from "../support/fake-registry.ts";
import { type Harness, indexOf, requireEveryArchive, withKeeper } from "../support/keeper-harness.ts";
import { historyOf, publishedText } from "../support/published-documents.ts";
import { memberSource } from "../support/merged-harness.ts";
import { storeRepository } from "../support/stored-repository.ts";

interface Publisher {
  name: string;
  /** Two charts, so many versions of each; one with provenance. */
  open: (harness: Harness) => (versions: number) => Promise<void>;
  /** What is kept beside the charts in the end. */
  kept: number;
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

/** A signature's tag moves, and the manifest of a version that is there already gets provenance. */
function openRegistry({ parts }: Harness): (versions: number) => Promise<void> {
  const registry = new FakeRegistry();
  parts.fetch = registry.fetch;
  parts.config = {
    ...parts.config,
    sources: [{ kind: "oci", url: registryUrl, charts: ["alpha", "beta"], plainHttp: false, recheck: 300 }],
  };
  return async (versions) => {
    const provenance = "-----BEGIN PGP SIGNATURE-----";
    for (let major = 1; major <= versions; major += 1) {
      const isSigned = major === 1 || versions === 3;
      await registry.push("alpha", `${major}.0.0`, `alpha ${major}`, isSigned ? { provenance } : {});
      await registry.push("beta", `${major}.0.0`, `beta ${major}`);
    }
    const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
    const signature = { schemaVersion: 2, config, layers: [], annotations: { versions: `${versions}` } };
    await registry.putManifest("beta", `sha256-${"c".repeat(64)}.sig`, signature);
  };
}

/** Two members, of which one never publishes anything. */
function openMembers({ parts, repository }: Harness): (versions: number) => Promise<void> {
  const [member, empty] = [`${repository}-member`, `${repository}-empty`];
  parts.config = { ...parts.config, sources: [member, empty].map(memberSource) };
  return async (count) => {
    const versions = Array.from({ length: count }, (_, major) => `${count - major}.0.0`);
    const digest = "d".repeat(64);
    const descriptor = { digest, size: 1, mediaType: "application/vnd.oci.image.manifest.v1+json" };
    const charts = {
      alpha: { versions, signed: ["1.0.0"], originals: { "1.0.0": digest } },
      beta: { versions, kept: [{ kind: "kept" as const, tag: "artifacthub.io", descriptor }] },
    };
    await storeRepository({ kv: env.KV, bucket: env.BUCKET }, member, charts, `${count}`.repeat(32));
  };
}

const publishers: Publisher[] = [
  {
    name: "an HTTP repository",
    open: (harness) => (versions) => publishOverHttp(harness, versions),
    kept: 0,
  },
  { name: "a registry", open: openRegistry, kept: 2 },
  { name: "other repositories of the mirror", open: openMembers, kept: 1 },
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
  return source === undefined ? 0 : ledger.tags.countKept(ledger.sources.open(source, config.limits).row.id);
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
            expect(keptOf(harness), `operation ${failing}`).toBe(publisher.kept);
            await requireHistory(harness);
          });
        }
      },
      60_000,
    );
  },
);
