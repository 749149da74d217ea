import { describe, expect, test } from "vitest";
import type { WebhookConfig } from "../../src/config/config.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { publishUpstream, sourceUrl, withKeeper } from "../support/keeper-harness.ts";
import { address, webhook, receiver, notifying, check, breakUpstream } from "../support/webhook-receiver.ts";

describe("a webhook", () => {
  test("that does not answer is told again later, under the same id, and costs nothing else", async () => {
    await withKeeper(async (harness) => {
      const receiving = receiver(harness);
      const ids: string[] = [];
      const [, ...answers] = [
        null,
        () => new Response("no", { status: 500 }),
        () => Promise.reject(new Error("connection refused")),
        () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }),
        () => new Response(null, { status: 429, headers: { "retry-after": "1000" } }),
      ];
      receiving.answer = () => answers[receiving.asked - 1]?.() ?? new Response(null, { status: 204 });
      await publishUpstream(harness, 1);
      await harness.settle();
      breakUpstream(harness);
      await check(harness, 3);
      const waits: number[] = [];
      while (receiving.told.length === 0 && waits.length < 10) {
        const now = harness.parts.now();
        const due = harness.ledger.notices.nextDue() ?? now;
        expect(nextDue(harness.ledger, harness.parts.config, now)).toBeLessThanOrEqual(due);
        waits.push((due - now) / 1000);
        harness.wait((due - now) / 1000);
        await harness.unit();
      }
      expect(waits).toEqual([30, 60, 120, 1000]);
      expect(harness.upstream.requests).not.toContain("https://elsewhere.example/");
      const failed = harness.events.filter(({ event }) => event === "notify-failed");
      expect(failed.map((one) => ("message" in one ? one.message : ""))).toEqual([
        "status 500",
        "unreachable",
        "status 302",
        "status 429",
      ]);
      for (const one of harness.events) if ("id" in one) ids.push(one.id);
      expect(new Set(ids)).toEqual(new Set([receiving.told[0]?.notice.id]));
      expect(harness.events.filter(({ event }) => event === "unit-failed")).toEqual([]);
      expect(harness.ledger.notices.nextDue()).toBeUndefined();
    }, notifying(webhook));
  });

  test("that never answers is given up after a day", async () => {
    await withKeeper(async (harness) => {
      const receiving = receiver(harness);
      receiving.answer = () => new Response(null, { status: 404 });
      breakUpstream(harness);
      await harness.settle();
      await check(harness, 3);
      for (let hour = 0; hour < 26; hour += 1) await check(harness, 1, 3600);
      expect(receiving.asked).toBeGreaterThan(20);
      expect(receiving.asked).toBeLessThan(40);
      expect(harness.ledger.notices.nextDue()).toBeUndefined();
      expect(harness.events.filter(({ event }) => event === "notice-given-up")).toHaveLength(1);
    }, notifying(webhook));
  });

  test("gets what it wants alone, in its own format, and nothing when it is configured no more", async () => {
    const slack = "https://slack.example/services/T0/B0/secret";
    const hooks: WebhookConfig[] = [
      { ...webhook, events: ["source-recovered"] },
      { to: { secret: "SLACK" }, format: "slack", events: ["source-failing"] },
      { ...webhook, to: { url: "https://gone.example/" } },
    ];
    await withKeeper(
      async (harness) => {
        harness.parts.secret = (name) => (name === "SLACK" ? slack : undefined);
        const receiving = receiver(harness);
        const texts: string[] = [];
        harness.upstream.files.set(slack, (init) => {
          if (typeof init.body === "string") texts.push(init.body);
          return new Response("ok");
        });
        harness.upstream.files.set("index.yaml", () => new Response("<!doctype html> <b> & more"));
        await harness.settle();
        await check(harness, 2);
        harness.parts.config.notify.webhooks.splice(2, 1);
        await check(harness, 1);
        await publishUpstream(harness, 1);
        await check(harness, 2);
        expect(receiving.events()).toEqual(["source-recovered"]);
        expect(texts).toHaveLength(1);
        const { text }: { text: string } = JSON.parse(texts[0] ?? "");
        expect(text).toMatch(
          new RegExp(`^\\*${harness.repository}: a source fails\\*\\n${sourceUrl} failed 3 checks`),
        );
        expect(text).not.toMatch(/[<>]/);
        expect(harness.ledger.notices.nextDue()).toBeUndefined();
        expect(JSON.stringify(harness.events)).not.toContain("slack.example"); // its address is a secret
      },
      notifying(...hooks),
    );
  });

  test("whose address is a secret that is not set, empty or no address, is tried again, too", async () => {
    let secret: string | undefined;
    await withKeeper(
      async (harness) => {
        harness.parts.secret = () => secret;
        const receiving = receiver(harness);
        breakUpstream(harness);
        await harness.settle();
        await check(harness, 2);
        for (const value of [undefined, "", "hooks.example.com", `${address}\n`]) {
          secret = value;
          await check(harness, 1, 3600);
        }
        expect(receiving.events()).toEqual(["source-failing"]);
        const failed = harness.events.filter(({ event }) => event === "notify-failed");
        expect(new Set(failed.map((one) => ("message" in one ? one.message : "")))).toEqual(
          new Set(["the secret HOOK is not set", "the secret is not an address"]),
        );
      },
      notifying({ ...webhook, to: { secret: "HOOK" } }),
    );
  });

  test("that wants a signature gets none of which the key is missing, until it is there", async () => {
    let key: string | undefined = "";
    await withKeeper(
      async (harness) => {
        harness.parts.secret = (name) => (name === "WEBHOOK_KEY" ? key : undefined);
        const receiving = receiver(harness);
        breakUpstream(harness);
        await harness.settle();
        await check(harness, 3);
        expect(receiving.asked).toBe(0);
        expect(harness.events).toContainEqual(
          expect.objectContaining({ event: "notify-failed", message: "the secret WEBHOOK_KEY is not set" }),
        );
        key = "quite secret";
        await check(harness, 2);
        const [{ headers, body } = { headers: new Headers(), body: "" }] = receiving.told;
        const signed = `${headers.get("chartkeep-timestamp")}.${body}`;
        const encoder = new TextEncoder();
        const algorithm = { name: "HMAC", hash: "SHA-256" };
        const imported = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, [
          "sign",
        ]);
        const hmac = new Uint8Array(
          await crypto.subtle.sign("HMAC", imported, encoder.encode(signed)),
        ).toHex();
        expect(headers.get("chartkeep-signature")).toBe(`sha256=${hmac}`);
        expect(headers.get("content-type")).toBe("application/json");
        expect(headers.get("chartkeep-event")).toBe("source-failing");
      },
      notifying({ ...webhook, key: "WEBHOOK_KEY" }),
    );
  });

  test("is not told over a plain or forbidden address that a secret names", async () => {
    await withKeeper(
      async (harness) => {
        harness.parts.secret = () => "http://hooks.example.com/";
        const receiving = receiver(harness, "http://hooks.example.com/");
        breakUpstream(harness);
        await harness.settle();
        await check(harness, 4);
        expect(receiving.asked).toBe(0);
        expect(harness.events).toContainEqual(expect.objectContaining({ message: "forbidden-address" }));
      },
      notifying({ ...webhook, to: { secret: "HOOK" } }),
    );
  });

  test("that is down for long has the newest hundred waiting, and a unit tells a few", async () => {
    await withKeeper(async (harness) => {
      const receiving = receiver(harness);
      for (let number = 0; number < 150; number += 1) {
        harness.ledger.notices.record(address, JSON.stringify({ id: String(number), event: "x" }), 0);
      }
      await publishUpstream(harness, 1);
      await harness.unit();
      expect(receiving.asked).toBe(4);
      expect(receiving.told[0]?.notice.id).toBe("50");
      await harness.settle();
      expect(receiving.asked).toBe(100);
    }, notifying(webhook));
  });
});
