import type { NoticeEvent, WebhookConfig } from "../config/config.ts";

/** What a webhook is told, as it gets it in the format `json`. */
export interface Notice {
  /** The same at every attempt and for every webhook, so that doubles can be dropped. */
  id: string;
  event: NoticeEvent;
  repository: string;
  /** When it was found; RFC 3339. */
  at: string;
  /** Since when it holds, where that is known; RFC 3339. */
  since: string | null;
  /** URL of the source that it is about. */
  source: string | null;
  /** Code of the error, or of the reason. */
  code: string | null;
  /** For people; with text from upstreams. */
  message: string;
  /** How many versions it is about; 0 where it is not about versions. */
  count: number;
  /** The first few of them. */
  versions: NoticeVersion[];
}

export interface NoticeVersion {
  chart: string;
  version: string;
  /** SHA-256 of the bytes that are listed, and of the others. */
  listed?: string;
  other?: string;
}

/** How many versions a notice names; their number is told in full. */
export const versionsNamed = 20;

const titles: Record<NoticeEvent, string> = {
  "source-failing": "a source fails",
  "source-recovered": "a source is back",
  "change-withheld": "a change is withheld",
  "version-mutated": "other bytes of a version",
  "integrity-failure": "damaged archives",
  "backlog-growing": "the backlog grows",
};

/** The body of the request to a webhook. */
export function bodyOf(notice: Notice, format: WebhookConfig["format"]): string {
  return JSON.stringify(format === "json" ? notice : { text: slackText(notice) });
}

/** Slack's mrkdwn: what is between the stars is bold. One line for the message, one for the versions. */
function slackText({ repository, event, message, versions, count }: Notice): string {
  const named = versions.map(({ chart, version }) => `${chart} ${version}`);
  if (named.length > 0 && count > named.length) named.push("…");
  const lines = [message, ...(named.length > 0 && count > 1 ? [named.join(", ")] : [])];
  return [`*${repository}: ${titles[event]}*`, ...lines.map(escapeSlack)].join("\n");
}

/**
 * Text from upstreams, as text: Slack takes `<…>` for links and for mentions of everybody, and asks for these
 * three characters to be escaped and for no others ("Formatting text for app surfaces").
 */
function escapeSlack(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\s+/g, " ");
}
