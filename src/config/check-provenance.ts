import type { Finding } from "./finding.ts";
import { keysOf } from "./keys-of.ts";
import type { Path } from "./located-document.ts";

interface Scope {
  path: Path;
  keys: Map<string, unknown>;
}

/** Provenance that is required needs keys to verify it with; and keys that verify nothing only look like safety. */
export function checkProvenance(top: Map<string, unknown>, repositories: Map<string, unknown>): Finding[] {
  const file: Scope = { path: [], keys: top };
  const scopes = [...repositories].map(([name, repository]): Scope => ({
    path: ["repositories", name],
    keys: keysOf(repository),
  }));
  const requires = ({ keys }: Scope): boolean =>
    (keys.get("requireProvenance") ?? top.get("requireProvenance")) === true;
  const hasKeyring = ({ keys }: Scope): boolean => keys.has("keyring");
  const without = scopes.filter((scope) => requires(scope) && !hasKeyring(scope) && !hasKeyring(file));
  const asking = without.map((scope) => (scope.keys.has("requireProvenance") ? scope : file));
  const useless = scopes.filter((scope) => hasKeyring(scope) && !requires(scope));
  const isFileUsed = scopes.some((scope) => requires(scope) && !hasKeyring(scope));
  if (hasKeyring(file) && !isFileUsed) useless.unshift(file);
  return [...[...new Set(asking)].map(missingKeyring), ...useless.map(uselessKeyring)];
}

const missingKeyring = ({ path }: Scope): Finding => ({
  path: [...path, "requireProvenance"],
  message: "there are no keys to verify provenance with; add `keyring:` and below it `- FILE` for each",
});

const uselessKeyring = ({ path }: Scope): Finding => ({
  path: [...path, "keyring"],
  message:
    "verifies nothing: no repository that uses it has `requireProvenance: true`; add that, or remove this",
  atKey: true,
});
