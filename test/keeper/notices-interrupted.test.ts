import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { statusKey } from "../../src/storage/keys.ts";
import { publishUpstream, repositoryConfig, withKeeper } from "../support/keeper-harness.ts";
import { webhook, receiver, notifying, check, breakUpstream } from "../support/webhook-receiver.ts";

describe("what goes wrong in between loses nothing", () => {
  test("R2 is down: the status is not written, but what it says is told", async () => {
    await withKeeper(async (harness) => {
      const { events } = receiver(harness);
      await publishUpstream(harness, 1);
      await harness.settle();
      breakUpstream(harness);
      const fails = () => Promise.reject(new Error("R2 is down"));
      harness.parts.bucket = {
        get: fails,
        head: fails,
        put: fails,
        delete: fails,
        createMultipartUpload: fails,
      };
      await check(harness, 6);
      expect(harness.events).toContainEqual(expect.objectContaining({ event: "status-failed" }));
      expect(events()).toEqual(["source-failing"]);
    }, notifying(webhook));
  });

  test("a unit that dies behind the webhook's answer tells it again, under the same id", async () => {
    await withKeeper(async (harness) => {
      const { told } = receiver(harness);
      const { notices } = harness.ledger;
      breakUpstream(harness);
      await harness.settle();
      const done = notices.done.bind(notices);
      notices.done = () => {
        notices.done = done;
        throw new Error("the isolate is gone");
      };
      await expect(check(harness, 3)).rejects.toThrow("the isolate is gone");
      await check(harness, 3);
      expect(told.map(({ notice }) => notice.event)).toEqual(["source-failing", "source-failing"]);
      expect(told[0]?.notice).toEqual(told[1]?.notice);
    }, notifying(webhook));
  });

  test("a unit that dies while it puts down what to tell has remembered nothing of it", async () => {
    await withKeeper(async (harness) => {
      const { events } = receiver(harness);
      const { notices } = harness.ledger;
      breakUpstream(harness);
      await harness.settle();
      const record = notices.record.bind(notices);
      notices.record = () => {
        notices.record = record;
        throw new Error("the isolate is gone");
      };
      await expect(check(harness, 3)).rejects.toThrow("the isolate is gone");
      expect(notices.conditions()).toEqual([]);
      await check(harness, 3);
      expect(events()).toEqual(["source-failing"]);
    }, notifying(webhook));
  });
});

describe("a webhook in the way of a unit", () => {
  test("whose answer breaks off keeps nobody from mirroring", async () => {
    await withKeeper(async (harness) => {
      const hook = receiver(harness);
      hook.answer = () => {
        const body = new ReadableStream({ start: (controller) => controller.error(new TypeError("reset")) });
        return new Response(body, { status: 503 });
      };
      await publishUpstream(harness, 1);
      await harness.settle();
      const repair = breakUpstream(harness);
      await check(harness, 3);
      repair();
      await publishUpstream(harness, 2);
      await check(harness);
      expect(hook.asked).toBeGreaterThan(0);
      expect((await harness.index()).entries["alpha"]).toHaveLength(2);
    }, notifying(webhook));
  });

  test("that takes its time does not keep the status from saying what its unit found", async () => {
    await withKeeper(async (harness) => {
      const hook = receiver(harness);
      hook.answer = () => {
        harness.wait(10);
        return new Response("busy", { status: 503 });
      };
      await publishUpstream(harness, 1);
      await harness.settle();
      const repair = breakUpstream(harness);
      await check(harness, 2);
      harness.wait(600);
      await harness.unit(); // it fails once more: to be told at once
      repair();
      await publishUpstream(harness, 2);
      const { row } = harness.ledger.sources.open(
        repositoryConfig.sources[0] ?? never(),
        repositoryConfig.limits,
      );
      harness.wait((row.next_check - harness.parts.now()) / 1000 - 5);
      await harness.unit();
      expect(hook.asked).toBe(1);
      expect((await harness.index()).entries["alpha"]).toHaveLength(2);
      const status = await env.BUCKET.get(statusKey(harness.repository));
      expect(await status?.json()).toMatchObject({ versions: { listed: 2 } });
    }, notifying(webhook));
  });
});

const never = (): never => {
  throw new Error("no source");
};
