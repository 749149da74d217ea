import type { RepositoryConfig, WebhookConfig } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import { isPrivateHost } from "../upstream/address.ts";
import { boundedFetch, type Fetch, meaningOf, type RequestMeter } from "../upstream/bounded-fetch.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { backoffSeconds } from "./backoff.ts";
import type { Ledger } from "./ledger.ts";
import { bodyOf, type Notice } from "./notice.ts";
import type { DueNotice } from "./notices-table.ts";
import { nameOf } from "./record-notices.ts";
import { signatureOf } from "./signature.ts";

/** In one unit. What is left is due at once. */
const mostInUnit = 4;
const answerSeconds = 10;
/** 30 s, 1 min, … up to an hour, for a day. */
const retry = { first: 30, longest: 3600, giveUp: 86_400 };

export interface Delivering {
  repository: string;
  config: RepositoryConfig;
  ledger: Ledger;
  meter: RequestMeter;
  fetch: Fetch;
  now: () => number;
  secret: (name: string) => string | undefined;
  log: Log;
}

/** Why a webhook did not take a notice; never with its address, which may be a secret. */
interface Failure {
  message: string;
  retryAfter?: number | undefined;
}

/**
 * Tells webhooks what they are to be told, and forgets what they took. A unit that dies in between tells it
 * again, under the same id. What fails is tried again later and costs nothing else.
 */
export async function deliverNotices(delivering: Delivering): Promise<void> {
  const { repository, config, ledger, meter, now, log } = delivering;
  for (const due of ledger.notices.due(now(), mostInUnit)) {
    const webhook = config.notify.webhooks.find((one) => nameOf(one) === due.webhook);
    if (webhook === undefined) {
      ledger.notices.done(due.id); // configured no more
      continue;
    }
    if (meter.left <= 0) return;
    const notice: Notice = JSON.parse(due.body);
    const failure = await post(delivering, webhook, notice);
    if (failure === undefined) {
      ledger.notices.done(due.id);
      log({ event: "notified", repository, webhook: due.webhook, notice: notice.event, id: notice.id });
    } else fail(delivering, due, notice, failure);
  }
}

function fail(
  { repository, ledger, now, log }: Delivering,
  due: DueNotice,
  notice: Notice,
  failure: Failure,
): void {
  const wait = Math.max(
    backoffSeconds(due.attempts + 1, retry.first, retry.longest),
    failure.retryAfter ?? 0,
  );
  const next = now() + wait * 1000;
  const isLast = next > due.recorded + retry.giveUp * 1000;
  if (isLast) ledger.notices.done(due.id);
  else ledger.notices.postponed(due.id, next);
  const { event, id } = notice;
  const { message } = failure;
  const told = { repository, webhook: due.webhook, notice: event, id, attempt: due.attempts + 1, message };
  log({ event: isLast ? "notice-given-up" : "notify-failed", ...told });
}

/** @returns undefined where the webhook took it */
async function post(
  delivering: Delivering,
  webhook: WebhookConfig,
  notice: Notice,
): Promise<Failure | undefined> {
  const { fetch, meter, now, secret } = delivering;
  const names = ["secret" in webhook.to ? webhook.to.secret : undefined, webhook.key];
  const missing = names.find((name) => name !== undefined && (secret(name) ?? "") === "");
  if (missing !== undefined) return { message: `the secret ${missing} is not set` };
  const address = "url" in webhook.to ? webhook.to.url : (secret(webhook.to.secret) ?? "").trim();
  const key = webhook.key === undefined ? undefined : secret(webhook.key);
  if (!URL.canParse(address)) return { message: "the secret is not an address" };
  const body = bodyOf(notice, webhook.format);
  const headers = await headersOf(notice, body, key, now());
  // The operator chose the address; without TLS only where nobody else is on the way.
  const isPrivate = isPrivateHost(new URL(address).hostname);
  const policy = { allowHttp: isPrivate, allowPrivate: isPrivate };
  const bounds = { fetch, meter, address: policy, seconds: answerSeconds, follow: false };
  try {
    const response = await boundedFetch(address, { ...bounds, method: "POST", headers, body });
    await response.body?.cancel().catch(() => {}); // it breaks off: what counts came before it
    if (response.ok) return undefined;
    return { message: `status ${response.status}`, retryAfter: meaningOf(response, now()).retryAfter };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { message: error.code };
  }
}

/** The names are Chartkeep's own; `id` is the same at every attempt. @param now milliseconds since 1970 */
async function headersOf(
  { event, id }: Notice,
  body: string,
  key: string | undefined,
  now: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = key === undefined ? undefined : await signatureOf(`${timestamp}.${body}`, key);
  return {
    "content-type": "application/json",
    "chartkeep-event": event,
    "chartkeep-delivery": id,
    "chartkeep-timestamp": timestamp,
    ...(signature === undefined ? {} : { "chartkeep-signature": `sha256=${signature}` }),
  };
}
