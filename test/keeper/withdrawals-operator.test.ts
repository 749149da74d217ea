import { env } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { reinstate, withdraw } from "../../src/keeper/withdraw.ts";
import { bringCopyInStep, readWithdrawals } from "../../src/storage/change-withdrawals.ts";
import { withdrawalsKey } from "../../src/storage/keys.ts";
import { operatorOf, reason, single } from "../support/withdrawing.ts";

// One document for all: the same bytes are withdrawn in every repository.
beforeEach(() => env.BUCKET.delete(withdrawalsKey));

describe("the cache", () => {
  test("is purged at once: every repository, and the digests", async () => {
    const { mirror, bad, named } = await single();
    const purged: string[] = [];
    await withdraw(operatorOf(mirror, ["a"], { purged }), { ...named, reason });
    expect(purged).toEqual(expect.arrayContaining([`repository-${named.repository}`, `sha256-${bad}`]));
  });

  test("is purged again when every isolate has heard of it, and until that works", async () => {
    const { mirror, bad, named } = await single();
    const purged: [string, readonly string[]][] = [];
    let fails = true;
    mirror.prepare = ({ parts }) => {
      parts.purge = (repository, digests = []) => {
        purged.push([repository, digests]);
        return fails ? Promise.reject(new Error("rate limited")) : Promise.resolve();
      };
    };
    await withdraw(operatorOf(mirror, ["a"]), { ...named, reason });
    await mirror.settle("a");
    expect(purged).toEqual([[named.repository, []]]); // behind the publication
    const again = () => purged.splice(0).filter(([, digests]) => digests.includes(bad)).length;
    mirror.wait(30);
    await mirror.settle("a");
    expect(again()).toBe(1);
    fails = false;
    mirror.wait(300);
    await mirror.settle("a");
    expect(again()).toBe(1);
    mirror.wait(300);
    await mirror.settle("a");
    expect(again()).toBe(0);
  });
});

describe("the operator", () => {
  test("hears that a version was never there, that a reason is none, and that nothing was withdrawn", async () => {
    const { mirror, named } = await single();
    const operator = operatorOf(mirror, ["a"]);
    const before = await env.BUCKET.head(withdrawalsKey);
    expect(await withdraw(operator, { ...named, version: "9.9.9", reason })).toEqual({ kind: "unknown" });
    expect(await withdraw(operator, { ...named, reason: " \n" })).toMatchObject({ kind: "bad-reason" });
    expect(await withdraw(operator, { ...named, reason: "x".repeat(501) })).toMatchObject({
      kind: "bad-reason",
    });
    expect(await reinstate(operator, named)).toEqual({ kind: "not-withdrawn" });
    expect((await env.BUCKET.head(withdrawalsKey))?.etag).toBe(before?.etag);
  });

  test("may withdraw twice: the later reason counts, and known digests stay", async () => {
    const { mirror, bad, named } = await single();
    const operator = operatorOf(mirror, ["a"]);
    await withdraw(operator, { ...named, reason });
    await withdraw(operator, { ...named, reason: "a\n\nbetter  reason" });
    const { entries } = (await readWithdrawals(env.BUCKET)).withdrawals;
    expect(entries.filter(({ repository }) => repository === named.repository)).toMatchObject([
      { reason: "a better reason", digests: [bad] },
    ]);
  });

  test("loses nothing to another one at the same time", async () => {
    const { mirror, named } = await single();
    const operator = operatorOf(mirror, ["a"]);
    await Promise.all(["1.0.0", "2.0.0"].map((version) => withdraw(operator, { ...named, version, reason })));
    const { entries } = (await readWithdrawals(env.BUCKET)).withdrawals;
    expect(entries.filter(({ repository }) => repository === named.repository)).toHaveLength(2);
    expect(await env.KV.get(withdrawalsKey, "json")).toEqual((await readWithdrawals(env.BUCKET)).withdrawals);
  });

  test("need not care for a copy that KV did not take: it is written by the next tick, and only then", async () => {
    const { mirror, named } = await single();
    await env.KV.delete(withdrawalsKey);
    const kv = { put: () => Promise.reject(new Error("KV is down")) };
    const outcome = await withdraw({ ...operatorOf(mirror, ["a"]), kv }, { ...named, reason });
    expect(outcome).toMatchObject({ kind: "withdrawn", behind: ["KV: KV is down"] });
    const { withdrawals } = await readWithdrawals(env.BUCKET);
    await bringCopyInStep(env.KV, withdrawals);
    expect(await env.KV.get(withdrawalsKey, "json")).toEqual(withdrawals);
    const written = { get: (key: string) => env.KV.get(key), ...kv };
    await bringCopyInStep(written, withdrawals);
    await bringCopyInStep(
      { ...written, get: () => Promise.reject(new Error("is not asked")) },
      { number: 0, entries: [] },
    );
  });

  test("is refused when the document cannot be read, rather than that it is forgotten", async () => {
    const { mirror, named } = await single();
    await env.BUCKET.put(withdrawalsKey, "{");
    await expect(withdraw(operatorOf(mirror, ["a"]), { ...named, reason })).rejects.toThrow("withdrawals");
    await env.BUCKET.delete(withdrawalsKey);
  });
});
