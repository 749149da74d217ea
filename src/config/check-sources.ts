import type { Finding } from "./finding.ts";
import { keysOf } from "./keys-of.ts";
import type { Path } from "./located-document.ts";
import { isOnPrivateNetwork } from "./private-host.ts";
import { foreignKeys, kindOf } from "./source-keys.ts";
import { readSourceUrl } from "./source-url.ts";

interface WrittenSource {
  path: Path;
  keys: Map<string, unknown>;
}

/** How the sources of a repository, and the keys of each, fit together. */
export function checkSources(name: string, repository: unknown): Finding[] {
  const written = keysOf(repository).get("sources");
  const sources = (Array.isArray(written) ? written : []).map((source: unknown, position): WrittenSource => {
    return { path: ["repositories", name, "sources", position], keys: keysOf(source) };
  });
  return [
    ...checkRepeated(sources),
    ...sources.flatMap(checkForeignKeys),
    ...checkListed(sources),
    ...sources.flatMap(checkPlainHttp),
  ];
}

/** A source that is listed twice would only be asked twice. */
function checkRepeated(sources: readonly WrittenSource[]): Finding[] {
  const seen = new Set<string>();
  return sources.flatMap(({ path, keys }) => {
    const url = urlOf(keys);
    if (url === undefined) return [];
    if (!seen.has(url)) {
      seen.add(url);
      return [];
    }
    const instead =
      kindOf(url) === "oci" ? "name all its charts there, and remove this one" : "remove this one";
    return [{ path: [...path, "url"], message: `${url} is a source of this repository already; ${instead}` }];
  });
}

function checkForeignKeys({ path, keys }: WrittenSource): Finding[] {
  const kind = kindOf(keys.get("url"));
  if (kind === undefined) return [];
  return Object.entries(foreignKeys[kind]).flatMap(([key, message]) =>
    keys.has(key) ? [{ path: [...path, key], message, atKey: true }] : [],
  );
}

/** Where an address is missing or wrong, it may have been meant as an https:// one. */
function checkListed(sources: readonly WrittenSource[]): Finding[] {
  const registries = sources.filter(({ keys }) => kindOf(keys.get("url")) === "oci");
  if (registries.length < sources.length) return [];
  const message =
    "means the charts that an https:// source of this repository lists, and there is none; name them, like [api, worker], or write `catalog`";
  return registries.flatMap(({ path, keys }) =>
    keys.get("charts") === "listed" ? [{ path: [...path, "charts"], message }] : [],
  );
}

/** Anybody on the way could read the password. */
function checkPlainHttp({ path, keys }: WrittenSource): Finding[] {
  const url = urlOf(keys);
  if (url === undefined || kindOf(url) !== "oci") return [];
  if (keys.get("plainHttp") !== true || !keys.has("credentials")) return [];
  const { hostname } = new URL(url);
  if (isOnPrivateNetwork(hostname)) return [];
  const message = `the password would travel to ${hostname} in the clear; remove \`plainHttp\`, or \`credentials\``;
  return [{ path: [...path, "plainHttp"], message, atKey: true }];
}

function urlOf(keys: Map<string, unknown>): string | undefined {
  const written = keys.get("url");
  const reading = typeof written === "string" ? readSourceUrl(written) : undefined;
  return reading !== undefined && "value" in reading ? reading.value : undefined;
}
