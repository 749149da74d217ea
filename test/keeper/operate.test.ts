import { describe, expect, test } from "vitest";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import { type OperatorAction, operate } from "../../src/keeper/operate.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { RevisionStore } from "../../src/storage/revision-store.ts";
import { type Harness, publishUpstream, statusOf, withKeeper } from "../support/keeper-harness.ts";

async function act({ ledger, parts, repository }: Harness, action: OperatorAction) {
  const store = new RevisionStore(parts.bucket, parts.kv, repository);
  return await operate({ ledger, store, now: parts.now }, action);
}

const policies = (also: Partial<Policies>) => ({ config: { policies: { ...defaultPolicies, ...also } } });
const indexesAsked = ({ upstream }: Harness) =>
  upstream.requests.filter((path) => path === "index.yaml").length;

describe("sync", () => {
  test("asks every source at once, though none is due, and once", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 1);
      await harness.settle();
      await publishUpstream(harness, 2);
      await harness.settle();
      expect(statusOf(harness).versions.listed).toBe(1);
      expect(await act(harness, { kind: "sync" })).toMatchObject({ kind: "done" });
      await harness.settle();
      expect(statusOf(harness).versions.listed).toBe(2);
      expect(indexesAsked(harness)).toBe(2);
      expect(nextDue(harness.ledger, harness.parts.config, harness.parts.now())).toBeGreaterThan(
        harness.parts.now(),
      );
    });
  });

  test("is not forgotten where it is asked for in the middle of a check", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 1);
      const { fetch } = harness.parts;
      harness.parts.fetch = async (url, init) => {
        if (url.endsWith("index.yaml") && indexesAsked(harness) === 0) await act(harness, { kind: "sync" });
        return await fetch(url, init);
      };
      await harness.settle();
      expect(indexesAsked(harness)).toBe(2);
    });
  });

  test.each([
    [false, 0],
    [true, Number.MAX_SAFE_INTEGER],
  ])("ends the pause of a registry's tags, unless it asked for that: %s", async (asked, until) => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 1);
      await harness.settle();
      const { ledger } = harness;
      ledger.sources.paused(1, Number.MAX_SAFE_INTEGER, asked);
      await act(harness, { kind: "sync" });
      await harness.unit();
      expect(ledger.sources.byId(1).paused_until).toBe(until);
    });
  });

  test("does not wait for a back-off, but for what the upstream itself asked for", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 8);
      const down = () => new Response("", { status: 503 });
      for (let major = 1; major <= 8; major += 1) harness.upstream.files.set(`alpha-${major}.0.0.tgz`, down);
      await harness.settle();
      const paused = harness.ledger.number("copy-pause");
      expect(paused).toBeGreaterThan(harness.parts.now());
      await act(harness, { kind: "sync" });
      await harness.unit();
      expect(harness.ledger.number("copy-pause")).toBe(0);
      harness.ledger.remember("copy-pause", paused);
      harness.ledger.remember("copy-pause-asked", 1);
      await act(harness, { kind: "sync" });
      await harness.unit();
      expect(harness.ledger.number("copy-pause")).toBe(paused);
    });
  });
});

describe("agree", () => {
  test("hides at once what is withheld, and says how many versions that are", async () => {
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 30);
        await harness.settle();
        await publishUpstream(harness, 10);
        harness.wait(600);
        await harness.settle();
        expect(statusOf(harness)).toMatchObject({ versions: { listed: 30 }, withheld: { count: 20 } });
        const result = await act(harness, { kind: "agree" });
        expect(result).toMatchObject({ kind: "done", message: expect.stringMatching(/^20 versions /) });
        await harness.settle();
        expect(statusOf(harness)).toMatchObject({ versions: { listed: 10 }, withheld: null });
      },
      policies({ removal: "hide" }),
    );
  });

  test("is refused where nothing is withheld", async () => {
    await withKeeper(async (harness) => {
      await publishUpstream(harness, 1);
      await harness.settle();
      expect(await act(harness, { kind: "agree" })).toMatchObject({ code: "nothing-withheld" });
    });
  });
});

describe("release-early", () => {
  const release = async (harness: Harness, version: string) =>
    await act(harness, { kind: "release-early", chart: "alpha", version });

  test("lists a version that waits for its age", async () => {
    await withKeeper(
      async (harness) => {
        await publishUpstream(harness, 2);
        await harness.settle();
        expect(statusOf(harness).versions.listed).toBe(0);
        expect(await release(harness, "1.0.0")).toMatchObject({ kind: "done" });
        await harness.settle();
        expect(statusOf(harness).versions.listed).toBe(1);
        expect(await release(harness, "1.0.0")).toMatchObject({ kind: "refused", code: "not-waiting" });
        expect(await release(harness, "3.0.0")).toMatchObject({ kind: "refused", code: "unknown-version" });
      },
      policies({ minimumAge: 86_400 }),
    );
  });
});
