import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { noticeEvents } from "../../src/config/webhook-schema.ts";
import { markdownTable } from "../support/markdown-table.ts";

const repositories = `repositories:
  a: { sources: [{ url: "https://example.com/a" }] }
  b: { sources: [{ url: "https://example.com/b" }], notifyAfter: 7 }
`;
const read = (webhooks: string) => readConfig(`${webhooks}\n${repositories}`, "mirror.yaml");

test("a webhook that says little gets everything, of every repository", () => {
  const webhook = {
    to: { url: "https://hooks.example.com/chartkeep" },
    format: "json",
    events: [
      "source-failing",
      "source-recovered",
      "change-withheld",
      "version-mutated",
      "integrity-failure",
      "backlog-growing",
    ],
  };
  const config = read("webhooks: [{url: https://hooks.example.com/chartkeep}]");
  expect(config.repositories["a"]?.notify).toEqual({ failures: 3, webhooks: [webhook] });
  expect(config.repositories["b"]?.notify).toEqual({ failures: 7, webhooks: [webhook] });
});

test("docs/configuration.md explains every event", async () => {
  const file = join(import.meta.dirname, "../../docs/configuration.md");
  const rows = markdownTable(await readFile(file, "utf8"), ["event", "told"]);
  expect(rows.map(({ event }) => event)).toEqual(noticeEvents);
});

test("a webhook gets what it names, of the repositories that it names", () => {
  const config = read(
    `notifyAfter: 5
webhooks:
  - urlSecret: SLACK_WEBHOOK
    format: slack
    secret: WEBHOOK_KEY
    events: [version-mutated, version-mutated]
    repositories: [b]
  - url: http://127.0.0.1:9000/hook`,
  );
  expect(config.repositories["a"]?.notify).toMatchObject({
    failures: 5,
    webhooks: [{ to: { url: "http://127.0.0.1:9000/hook" } }],
  });
  expect(config.repositories["b"]?.notify.webhooks[0]).toEqual({
    to: { secret: "SLACK_WEBHOOK" },
    format: "slack",
    key: "WEBHOOK_KEY",
    events: ["version-mutated"],
  });
  expect(config.repositories["b"]?.notify.webhooks).toHaveLength(2);
});

describe("a mistake is told with its place", () => {
  test.for([
    ["[{}]", /mirror.yaml:1:12: webhooks\[0\]\.url: is missing/],
    ["[{format: slack}]", /webhooks\[0\]\.url: is missing; add `url: https:/],
    [
      "[{url: https://e.com/, urlSecret: A}]",
      /webhooks\[0\]\.urlSecret: a webhook has `url` or `urlSecret`; remove one/,
    ],
    ["[{url: http://e.com/x}]", /webhooks\[0\]\.url: notices would travel to e\.com in the clear/],
    ["[{url: 'https://me:pass@e.com/'}]", /webhooks\[0\]\.url: an address must not carry/],
    [
      "[{urlSecret: 'https://hooks.example.com/T0/B0'}]",
      /urlSecret: this is not the name of a secret.*SLACK_WEBHOOK/,
    ],
    ["[{url: https://e.com/, secret: KEEPER}]", /secret: KEEPER is /],
    ["[{url: https://e.com/, events: []}]", /events: the list is empty/],
    [
      "[{url: https://e.com/, events: [source-failed]}]",
      /events\[0\]: "source-failed" is not one of the choices/,
    ],
    [
      "[{url: https://e.com/, repositories: [A]}]",
      /repositories\[0\]: "A" is not one of the repositories; did you mean a\?/,
    ],
    [
      "[{url: https://e.com/, event: [x]}]",
      /webhooks\[0\]\.event: is not a known key; did you mean events\?/,
    ],
    ["{url: https://e.com/}", /webhooks: a mapping is not a list/],
  ] as const)("%s", ([webhooks, message]) => {
    const problems = () => read(`webhooks: ${webhooks}`);
    expect(problems).toThrow(ConfigurationError);
    expect(problems).toThrow(message);
  });

  test("a secret that is written where its name should be is not repeated", () => {
    try {
      read("webhooks: [{urlSecret: 'https://hooks.example.com/T0/B0'}]");
    } catch (error) {
      expect(String(error)).not.toContain("T0");
    }
    expect.assertions(1);
  });
});
