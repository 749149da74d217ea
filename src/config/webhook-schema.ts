import { z } from "zod";
import type { NoticeEvent } from "./config.ts";
import { text } from "./schema-values.ts";
import { readSecretName, secretNamePattern } from "./secret-name.ts";
import { readWebhookUrl } from "./webhook-url.ts";

/** All that there are; what a webhook gets that names none. */
export const noticeEvents = [
  "source-failing",
  "source-recovered",
  "change-withheld",
  "version-mutated",
  "integrity-failure",
  "backlog-growing",
] as const satisfies readonly NoticeEvent[];

const secretName = (description: string, example: string, content: string) =>
  text((written) => readSecretName(written, example, content), { description, pattern: secretNamePattern });

/** Somebody who is told what happens. */
export const webhook = z
  .strictObject({
    url: text(readWebhookUrl, {
      description: "Address that notices are sent to, by POST.",
      examples: ["https://hooks.example.com/chartkeep"],
    }).optional(),
    urlSecret: secretName(
      "In place of `url`: name of the secret that is the address, as Slack's addresses are secrets.",
      "SLACK_WEBHOOK",
      "the address",
    ).optional(),
    format: z
      .enum(["json", "slack"])
      .describe(
        "json: an object with everything that is known. slack: a text, as Slack and what is compatible with it take it. Default: json.",
      )
      .optional(),
    secret: secretName(
      "Name of the secret that is the key of the signature (HMAC with SHA-256). None: nothing is signed.",
      "WEBHOOK_KEY",
      "the key",
    ).optional(),
    events: z
      .array(z.enum(noticeEvents))
      .min(1, "the list is empty; name an event, or remove the key for all of them")
      .describe("What is told. Default: everything.")
      .optional(),
    repositories: z
      .array(z.string())
      .min(1, "the list is empty; name a repository, or remove the key for all of them")
      .describe("Of which repositories it is told. Default: all.")
      .optional(),
  })
  .meta({
    description: "Somebody who is told what happens.",
    oneOf: [{ required: ["url"] }, { required: ["urlSecret"] }],
  });
