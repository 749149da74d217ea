import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { NotifyConfig, WebhookConfig } from "../../src/config/config.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import type { Notice } from "../../src/keeper/notice.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { statusKey } from "../../src/storage/keys.ts";
import {
  type Harness,
  indexOf,
  publishUpstream,
  repositoryConfig,
  sourceUrl,
  withKeeper,
} from "../support/keeper-harness.ts";

const address = "https://hooks.example.com/chartkeep";
const everything: WebhookConfig["events"] = [
  "source-failing",
  "source-recovered",
  "change-withheld",
  "version-mutated",
  "integrity-failure",
  "backlog-growing",
];
const webhook: WebhookConfig = { to: { url: address }, format: "json", events: everything };

interface Told {
  headers: Headers;
  body: string;
  notice: Notice;
}

interface Receiver {
  told: Told[];
  /** Told events, in order. */
  events: () => string[];
  /** What it answers from now on. */
  answer: () => Response | Promise<Response>;
  asked: number;
}

/** A webhook at the end of `fetch`, that takes everything at first. */
function receiver({ upstream }: Harness, at = address): Receiver {
  const receiving: Receiver = {
    told: [],
    asked: 0,
    events: () => receiving.told.map(({ notice }) => notice.event),
    answer: () => new Response("thank you"),
  };
  upstream.files.set(at, async (init) => {
    receiving.asked += 1;
    const answer = await receiving.answer();
    const body = typeof init.body === "string" ? init.body : "";
    if (answer.ok)
      receiving.told.push({ headers: new Headers(init.headers), body, notice: JSON.parse(body) });
    return answer;
  });
  return receiving;
}

const notifying = (...webhooks: WebhookConfig[]): { config: { notify: NotifyConfig } } => ({
  config: { notify: { failures: 3, webhooks } },
});

/** A check, and everything that follows of it at once. */
async function check(harness: Harness, times = 1, seconds = 600): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    harness.wait(seconds);
    await harness.settle();
  }
}

function breakUpstream({ upstream }: Harness): () => void {
  const index = upstream.files.get("index.yaml");
  upstream.files.delete("index.yaml");
  return () => void (index !== undefined && upstream.files.set("index.yaml", index));
}

/** The version is there with other bytes, and the index says so. */
async function releaseAgain({ upstream }: Harness, versions: readonly string[]): Promise<void> {
  const entries = await Promise.all(
    versions.map(async (version) => {
      const digest = await upstream.archive(`alpha-${version}.tgz`, `other ${version}`);
      return { chart: "alpha", version, digest };
    }),
  );
  upstream.put("index.yaml", indexOf(entries));
}

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
