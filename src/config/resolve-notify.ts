import type { NotifyConfig, WebhookConfig } from "./config.ts";
import type { MirrorFile } from "./schema.ts";
import { noticeEvents } from "./webhook-schema.ts";

type RepositoryFile = MirrorFile["repositories"][string];
type WebhookFile = NonNullable<MirrorFile["webhooks"]>[number];

/** A source that fails is asked again after 30 s, 1 min, …: three failures in a row are a minute and a half. */
const defaultFailures = 3;

/** Of the file's webhooks, a repository gets those that name it or that name none. */
export function resolveNotify(name: string, repository: RepositoryFile, file: MirrorFile): NotifyConfig {
  const webhooks = (file.webhooks ?? []).filter(
    ({ repositories }) => repositories === undefined || repositories.includes(name),
  );
  return {
    failures: repository.notifyAfter ?? file.notifyAfter ?? defaultFailures,
    webhooks: webhooks.flatMap(resolveWebhook),
  };
}

function resolveWebhook({ url, urlSecret, format, secret, events }: WebhookFile): WebhookConfig[] {
  const to = url !== undefined ? { url } : urlSecret !== undefined ? { secret: urlSecret } : undefined;
  if (to === undefined) return []; // which check-webhooks.ts has refused
  return [
    {
      to,
      format: format ?? "json",
      ...(secret === undefined ? {} : { key: secret }),
      events: [...new Set(events ?? noticeEvents)],
    },
  ];
}
