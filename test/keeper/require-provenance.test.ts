import { env } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import { refusalOf } from "../../src/keeper/refusal.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { beginVerification } from "../../src/keeper/verification.ts";
import { sha256 } from "../../src/storage/archive-store.ts";
import { archiveKey, provenanceKey } from "../../src/storage/keys.ts";
import { brokenStore } from "../support/broken-store.ts";
import {
  type Harness,
  indexOf,
  repositoryConfig,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";
import { SmallMirror } from "../support/merged-harness.ts";
import { registrySource, repositorySource, versionsOf, withSources } from "../support/registry-harness.ts";
import { type SigningKey, messageFor, signText, signingKey } from "../support/signing.ts";

let publisher: SigningKey;
let other: SigningKey;

beforeAll(async () => {
  const date = new Date(Date.UTC(2025, 0, 1)); // before the harness's clock
  [publisher, other] = await Promise.all([signingKey({ date }), signingKey({ date })]);
});

const signedAt = new Date(Date.UTC(2025, 6, 1));

const requiring = (...keys: SigningKey[]): Policies => ({
  ...defaultPolicies,
  requireProvenance: true,
  keyring: keys.map(({ armored }) => armored),
});

async function sign(harness: Harness, file: string, digest: string, key = publisher): Promise<void> {
  harness.upstream.put(`${file}.prov`, await signText(messageFor(file, digest), key, signedAt));
}

/** alpha 1.0.0 … n.0.0, none of them signed. @returns the digests */
async function publish(harness: Harness, count: number): Promise<string[]> {
  const digests: string[] = [];
  for (let major = 1; major <= count; major += 1) {
    digests.push(await harness.upstream.archive(`alpha-${major}.0.0.tgz`, `${harness.repository} ${major}`));
  }
  const versions = digests.map((digest, index) => ({ chart: "alpha", version: `${index + 1}.0.0`, digest }));
  harness.upstream.put("index.yaml", indexOf(versions));
  return digests;
}

const listed = async (harness: Harness): Promise<string[]> =>
  ((await harness.index()).entries["alpha"] ?? []).map(({ version }) => version);

/** Of versions that are not listed, as the status tells them. */
const unverified = (harness: Harness): string[] =>
  statusOf(harness)
    .problems.filter(({ code }) => code === "unverified")
    .map(({ version, message }) => `${version} ${message}`);

describe("where provenance is required", () => {
  test("a version is listed whose provenance verifies; the others are stored, told and counted", async () => {
    await withKeeper(
      async (harness) => {
        const [good = "", , foreign = "", wrong = ""] = await publish(harness, 4);
        await sign(harness, "alpha-1.0.0.tgz", good);
        await sign(harness, "alpha-3.0.0.tgz", foreign, other);
        await sign(harness, "alpha-4.0.0.tgz", good);
        await harness.settle();
        expect(await listed(harness)).toEqual(["1.0.0"]);
        expect(await requireEveryArchive(harness)).toBe(1);
        expect(await env.BUCKET.head(archiveKey(wrong))).not.toBeNull();
        expect(unverified(harness)).toEqual([
          expect.stringMatching(/^4\.0\.0 wrong-digest: it is for alpha-4\.0\.0\.tgz with sha256:/),
          expect.stringMatching(/^3\.0\.0 unknown-key: it is signed by [0-9A-F]{16}/),
          "2.0.0 no source has provenance for it",
        ]);
        expect(statusOf(harness).versions).toMatchObject({ listed: 1, stored: 4, pending: 0, unverified: 3 });
        expect(statusOf(harness).problemCount).toBe(3);
        expect(harness.events).toContainEqual(
          expect.objectContaining({ event: "provenance-verified", verified: 1, refused: 2 }),
        );
      },
      { config: { policies: requiring(publisher) } },
    );
  });

  test("nothing is verified twice, and a unit verifies no more than it may", async () => {
    await withKeeper(
      async (harness) => {
        const digests = await publish(harness, 5);
        for (const [index, digest] of digests.entries()) {
          await sign(harness, `alpha-${index + 1}.0.0.tgz`, digest);
        }
        await harness.settle();
        expect(await listed(harness)).toHaveLength(5);
        const rounds = harness.events.filter(({ event }) => event === "provenance-verified");
        expect(rounds.map((round) => "verified" in round && round.verified)).toEqual([2, 2, 1]);
        harness.wait(repositoryConfig.interval);
        await harness.settle();
        expect(harness.events.filter(({ event }) => event === "provenance-verified")).toHaveLength(3);
      },
      { config: { policies: requiring(publisher), budget: { ...repositoryConfig.budget, archives: 2 } } },
    );
  });

  test("provenance that could not be had at first is verified when it comes", async () => {
    await withKeeper(
      async (harness) => {
        const [digest = ""] = await publish(harness, 1);
        harness.upstream.files.set("alpha-1.0.0.tgz.prov", () => new Response("", { status: 503 }));
        await harness.settle();
        expect(await versionsOf(harness, "alpha")).toEqual([]);
        expect(unverified(harness)).toEqual(["1.0.0 no provenance was found yet"]);
        await sign(harness, "alpha-1.0.0.tgz", digest);
        harness.wait(120);
        await harness.settle();
        expect(await listed(harness)).toEqual(["1.0.0"]);
        expect(unverified(harness)).toEqual([]);
      },
      { config: { policies: requiring(publisher) } },
    );
  });

  test("what is lost from storage is asked for again, and not taken for refused", async () => {
    await withKeeper(
      async (harness) => {
        const [digest = ""] = await publish(harness, 1);
        await sign(harness, "alpha-1.0.0.tgz", digest);
        await harness.settle();
        await env.BUCKET.delete(provenanceKey(harness.repository, digest));
        harness.parts.config.policies = requiring(publisher, other); // it is looked at again
        await harness.settle();
        expect(await listed(harness)).toEqual(["1.0.0"]);
        expect(await env.BUCKET.head(provenanceKey(harness.repository, digest))).not.toBeNull();
      },
      { config: { policies: requiring(publisher) } },
    );
  });
});

describe("a version that is not listed for want of provenance that verifies", () => {
  const config = { policies: requiring() };
  const mended = async (harness: Harness, digest: string): Promise<void> => {
    await sign(harness, "alpha-1.0.0.tgz", digest);
    harness.wait(3600);
    await harness.settle();
  };
  const asked = ({ upstream }: Harness) =>
    upstream.requests.filter((path) => path === "alpha-1.0.0.tgz.prov");

  test.for(["none", "foreign"])("is listed when the source has some after all (first: %s)", async (first) => {
    await withKeeper(
      async (harness) => {
        harness.parts.config.policies = requiring(publisher);
        const purged: string[] = [];
        harness.parts.purge = (_, digests = []) => Promise.resolve(void purged.push(...digests));
        const [digest = ""] = await publish(harness, 1);
        if (first === "foreign") await sign(harness, "alpha-1.0.0.tgz", digest, other);
        await harness.settle();
        expect(statusOf(harness).versions).toMatchObject({ listed: 0, unverified: 1 });
        await mended(harness, digest);
        expect(await listed(harness)).toEqual(["1.0.0"]);
        expect(await requireEveryArchive(harness)).toBe(1);
        harness.wait(30);
        await harness.settle();
        expect(purged).toEqual(first === "foreign" ? [digest] : []);
        const requests = asked(harness).length;
        harness.wait(86_400);
        await harness.settle();
        expect(asked(harness)).toHaveLength(requests);
      },
      { config },
    );
  });

  test.for(["none", "foreign"])("is asked for nine times in all, ever more rarely (%s)", async (first) => {
    await withKeeper(
      async (harness) => {
        harness.parts.config.policies = requiring(publisher);
        const [digest = ""] = await publish(harness, 1);
        if (first === "foreign") await sign(harness, "alpha-1.0.0.tgz", digest, other);
        const counts: number[] = [];
        for (const hours of [0, 1, 2, 4, 8, 16, 24, 24, 24, 24, 24]) {
          harness.wait(hours * 3600);
          await harness.settle();
          counts.push(asked(harness).length);
        }
        expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]);
        expect(statusOf(harness).versions).toMatchObject({ listed: 0, unverified: 1 });
      },
      { config },
    );
  });

  test("keeps its provenance if it was ever listed: who has its digest may rely on it", async () => {
    await withKeeper(
      async (harness) => {
        const [digest = ""] = await publish(harness, 1);
        await sign(harness, "alpha-1.0.0.tgz", digest, other);
        await harness.settle();
        expect(await listed(harness)).toEqual(["1.0.0"]);
        harness.parts.config.policies = requiring(publisher);
        await harness.settle();
        expect(statusOf(harness).versions).toMatchObject({ listed: 0, unverified: 1 });
        await mended(harness, digest);
        expect(statusOf(harness).versions).toMatchObject({ listed: 0, unverified: 1 });
        expect(asked(harness)).toHaveLength(1);
      },
      { config: { policies: defaultPolicies } },
    );
  });
});

test("no more is copied than `keepNewest` says, and the next one where one does not verify", async () => {
  await withKeeper(
    async (harness) => {
      const digests = await publish(harness, 4);
      for (const major of [1, 2, 4]) {
        await sign(harness, `alpha-${major}.0.0.tgz`, digests[major - 1] ?? "");
      }
      await harness.settle();
      expect(await listed(harness)).toEqual(["4.0.0", "2.0.0"]);
      expect(harness.upstream.requests).not.toContain("alpha-1.0.0.tgz");
      expect(statusOf(harness).versions).toMatchObject({ stored: 3, skipped: 1, unverified: 1 });
    },
    { config: { policies: { ...requiring(publisher), keepNewest: 2 } } },
  );
});

test("a store that does not give the provenance keeps nobody from publishing, and is asked again later", async () => {
  await withKeeper(
    async (harness) => {
      const { bucket } = harness.parts;
      const digests = await publish(harness, 2);
      for (const [at, digest] of digests.entries()) await sign(harness, `alpha-${at + 1}.0.0.tgz`, digest);
      const broken = provenanceKey(harness.repository, digests[0] ?? "");
      harness.parts.bucket = brokenStore(bucket, async ({ method, key, proceed }) => {
        if (method === "get" && key === broken) throw new Error("R2 is down");
        return await proceed();
      });
      await harness.settle();
      expect(await listed(harness)).toEqual(["2.0.0"]);
      expect(harness.events).toContainEqual(expect.objectContaining({ event: "verify-failed" }));
      expect(nextDue(harness.ledger, harness.parts.config, harness.parts.now())).toBe(
        harness.parts.now() + 60_000,
      );
      harness.parts.bucket = bucket;
      harness.wait(60);
      await harness.settle();
      expect(await listed(harness)).toEqual(["2.0.0", "1.0.0"]);
    },
    { config: { policies: requiring(publisher) } },
  );
});

test("provenance that was lost and comes back with other bytes is verified anew", async () => {
  await withKeeper(
    async (harness) => {
      const [digest = ""] = await publish(harness, 1);
      await sign(harness, "alpha-1.0.0.tgz", digest, other);
      await harness.settle();
      expect(statusOf(harness).versions).toMatchObject({ listed: 0, unverified: 1 });
      await env.BUCKET.delete(provenanceKey(harness.repository, digest));
      await sign(harness, "alpha-1.0.0.tgz", digest);
      beginVerification(harness.ledger, harness.parts.now());
      await harness.settle();
      expect(await listed(harness)).toEqual(["1.0.0"]);
      expect(statusOf(harness)).toMatchObject({ integrityFailures: 0, problemCount: 0 });
    },
    { config: { policies: requiring(publisher) } },
  );
});

describe("another keyring", () => {
  test("what it does not verify leaves the listing, and what it verifies comes in", async () => {
    await withKeeper(
      async (harness) => {
        const [first = "", second = ""] = await publish(harness, 2);
        await sign(harness, "alpha-1.0.0.tgz", first);
        await sign(harness, "alpha-2.0.0.tgz", second, other);
        await harness.settle();
        expect(await listed(harness)).toEqual(["1.0.0"]);
        harness.parts.config.policies = requiring(other);
        await harness.settle();
        expect(await listed(harness)).toEqual(["2.0.0"]);
        expect(unverified(harness)).toEqual([expect.stringMatching(/^1\.0\.0 unknown-key/)]);
        harness.parts.config.policies = defaultPolicies;
        await harness.settle();
        expect(await listed(harness)).toEqual(["2.0.0", "1.0.0"]);
        expect(unverified(harness)).toEqual([]);
      },
      { config: { policies: requiring(publisher) } },
    );
  });

  test("required from now on: what is listed stays until it was looked at, and no reader sees an empty index", async () => {
    await withKeeper(
      async (harness) => {
        const [first = "", second = ""] = await publish(harness, 3);
        await sign(harness, "alpha-1.0.0.tgz", first);
        await sign(harness, "alpha-2.0.0.tgz", second);
        await harness.settle();
        expect(await listed(harness)).toEqual(["3.0.0", "2.0.0", "1.0.0"]);
        harness.parts.config.policies = requiring(publisher);
        harness.parts.budget = { ...harness.parts.budget, archives: 1 };
        await harness.unit();
        expect(await listed(harness)).toEqual(["2.0.0", "1.0.0"]); // 3.0.0 is known to have none
        await harness.settle();
        expect(await listed(harness)).toEqual(["2.0.0", "1.0.0"]);
        expect(unverified(harness)).toEqual(["3.0.0 no source has provenance for it"]);
      },
      { config: { policies: defaultPolicies } },
    );
  });
});

describe("other kinds of sources", () => {
  const content = "of alpha 1.0.0";
  const digestOf = async (): Promise<string> =>
    await sha256(new Uint8Array([0x1f, 0x8b, ...new TextEncoder().encode(content)]));

  test("a registry's chart has its provenance in a layer beside it", async () => {
    await withSources([registrySource()], async (harness, registry) => {
      harness.parts.config.policies = requiring(publisher);
      const provenance = await signText(
        messageFor("alpha-1.0.0+1.tgz", await digestOf()),
        publisher,
        signedAt,
      );
      await registry.push("alpha", "1.0.0+1", content, { provenance });
      await registry.push("alpha", "2.0.0", "not signed");
      await harness.settle();
      expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0+1"]);
      expect(unverified(harness)).toEqual(["2.0.0 no source has provenance for it"]);
    });
  });

  test("what one source has no provenance for, another one may bring later", async () => {
    await withSources([repositorySource, registrySource()], async (harness, registry) => {
      harness.parts.config.policies = requiring(publisher);
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", content);
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await harness.settle();
      expect(unverified(harness)).toEqual(["1.0.0 no source has provenance for it"]);
      const provenance = await signText(messageFor("alpha-1.0.0.tgz", digest), publisher, signedAt);
      await registry.push("alpha", "1.0.0", content, { provenance });
      harness.wait(repositoryConfig.interval);
      await harness.settle();
      expect(await versionsOf(harness, "alpha")).toEqual(["1.0.0"]);
    });
  });

  test("a merged repository may require what its members do not", async () => {
    const mirror = new SmallMirror();
    const upstream = mirror.add("charts");
    mirror.merge("signed", ["charts"], { policies: requiring(publisher) });
    const digest = await upstream.archive("alpha-1.0.0.tgz", content);
    upstream.put(
      "alpha-1.0.0.tgz.prov",
      await signText(messageFor("alpha-1.0.0.tgz", digest), publisher, signedAt),
    );
    const unsigned = await upstream.archive("alpha-2.0.0.tgz", "of alpha 2.0.0");
    upstream.put(
      "index.yaml",
      indexOf([
        { chart: "alpha", version: "1.0.0", digest },
        { chart: "alpha", version: "2.0.0", digest: unsigned },
      ]),
    );
    await mirror.settle("charts", "signed");
    const versions = async (name: string): Promise<string[]> =>
      await mirror.on(name, async (harness) => await versionsOf(harness, "alpha"));
    expect(await versions("charts")).toEqual(["2.0.0", "1.0.0"]);
    expect(await versions("signed")).toEqual(["1.0.0"]);
  });
});

describe("refusalOf", () => {
  const policies = { requireProvenance: true };

  test.each([
    [{ listed: 0, provenance: "stored", signature: "verified" }, undefined],
    [{ listed: 1, provenance: "stored", signature: "refused" }, "unverified"],
    [{ listed: 0, provenance: "stored", signature: null }, "unverified"],
    [{ listed: 1, provenance: "stored", signature: null }, undefined],
    [{ listed: 1, provenance: "absent", signature: null }, "unverified"],
    [{ listed: 1, provenance: "unknown", signature: null }, "unverified"],
    [{ state: "pending", listed: 0, provenance: "unknown", signature: null }, undefined],
    [{ state: "failed", listed: 0, provenance: "stored", signature: "refused" }, "unverified"],
  ] as const)("%j", (release, refusal) => {
    const judged = { state: "stored", ...release, withdrawn: 0 } as const;
    expect(refusalOf(judged, policies)).toBe(refusal);
    expect(refusalOf(judged, { requireProvenance: false })).toBeUndefined();
  });
});
