import type { Finding } from "./finding.ts";
import { keysOf } from "./keys-of.ts";
import { whyNotKnown } from "./repository-name.ts";

/** How the keys of webhooks fit together, and to whom they refer. */
export function checkWebhooks(written: unknown, repositories: readonly string[]): Finding[] {
  const webhooks: unknown[] = Array.isArray(written) ? written : [];
  return webhooks.flatMap((webhook, position) => {
    if (typeof webhook !== "object" || webhook === null || Array.isArray(webhook)) return [];
    const keys = keysOf(webhook);
    return [...checkAddress(keys, position), ...checkNames(keys, position, repositories)];
  });
}

function checkAddress(keys: Map<string, unknown>, position: number): Finding[] {
  const path = ["webhooks", position];
  if (!keys.has("url") && !keys.has("urlSecret")) {
    const message =
      "is missing; add `url: https://…` here, or `urlSecret: NAME` where the address is a secret";
    return [{ path: [...path, "url"], message }];
  }
  if (!keys.has("url") || !keys.has("urlSecret")) return [];
  return [
    { path: [...path, "urlSecret"], message: "a webhook has `url` or `urlSecret`; remove one", atKey: true },
  ];
}

function checkNames(
  keys: Map<string, unknown>,
  position: number,
  repositories: readonly string[],
): Finding[] {
  const names = keys.get("repositories");
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index): Finding[] => {
    if (typeof name !== "string" || repositories.includes(name)) return [];
    return [
      { path: ["webhooks", position, "repositories", index], message: whyNotKnown(name, repositories) },
    ];
  });
}
