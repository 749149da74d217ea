import type { NotifyConfig, WebhookConfig } from "../../src/config/config.ts";
import { noticeEvents } from "../../src/config/webhook-schema.ts";
import type { Notice } from "../../src/keeper/notice.ts";
import { type Harness, indexOf } from "./keeper-harness.ts";

export const address = "https://hooks.example.com/chartkeep";
export const everything: WebhookConfig["events"] = [...noticeEvents];
export const webhook: WebhookConfig = { to: { url: address }, format: "json", events: everything };

export interface Told {
  headers: Headers;
  body: string;
  notice: Notice;
}

export interface Receiver {
  told: Told[];
  /** Told events, in order. */
  events: () => string[];
  /** What it answers from now on. */
  answer: () => Response | Promise<Response>;
  asked: number;
}

/** A webhook at the end of `fetch`, that takes everything at first. */
export function receiver({ upstream }: Harness, at = address): Receiver {
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

export const notifying = (...webhooks: WebhookConfig[]): { config: { notify: NotifyConfig } } => ({
  config: { notify: { failures: 3, webhooks } },
});

/** A check, and everything that follows of it at once. */
export async function check(harness: Harness, times = 1, seconds = 600): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    harness.wait(seconds);
    await harness.settle();
  }
}

export function breakUpstream({ upstream }: Harness): () => void {
  const index = upstream.files.get("index.yaml");
  upstream.files.delete("index.yaml");
  return () => void (index !== undefined && upstream.files.set("index.yaml", index));
}

/** The version is there with other bytes, and the index says so. */
export async function releaseAgain({ upstream }: Harness, versions: readonly string[]): Promise<void> {
  const entries = await Promise.all(
    versions.map(async (version) => {
      const digest = await upstream.archive(`alpha-${version}.tgz`, `other ${version}`);
      return { chart: "alpha", version, digest };
    }),
  );
  upstream.put("index.yaml", indexOf(entries));
}
