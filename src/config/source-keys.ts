import type { SourceConfig } from "./config.ts";
import { looksLikeOci } from "./oci-url.ts";

/** Of sources that have an address; a member has a name. */
export type SourceKind = Exclude<SourceConfig["kind"], "member">;

/** What a source is meant to be, judging by the scheme of its address; `undefined` where that is neither. */
export function kindOf(url: unknown): SourceKind | undefined {
  if (typeof url !== "string") return undefined;
  if (looksLikeOci(url)) return "oci";
  return /^https?:/i.test(url) ? "http" : undefined;
}

const onlyHttp = "is for https:// sources";
const onlyOci = "is for oci:// sources";

/** The keys that a source of a kind cannot have, and why. */
export const foreignKeys: Readonly<Record<SourceKind, Readonly<Record<string, string>>>> = {
  oci: {
    files: `${onlyHttp}; a registry has no files beside an index, so remove it`,
    rewrites: `${onlyHttp}; for a registry, write the address of the one to fetch from as \`url\``,
  },
  http: {
    charts: `${onlyOci}; the index of an https:// source says which charts there are, so remove it`,
    credentials: `${onlyOci}; https:// sources are read without a user name, so remove it`,
    plainHttp: `${onlyOci}; write http:// in \`url\` instead`,
    recheck: `${onlyOci}; an https:// source is checked at every \`interval\`, so remove it`,
  },
};

/** The same for editors, in the JSON Schema. With `else`, because linters take what has a `then` for a promise. */
export const foreignKeyRules = [
  { kind: "oci" as const, pattern: "^[Oo][Cc][Ii]:" },
  { kind: "http" as const, pattern: "^[Hh][Tt][Tt][Pp]" },
].map(({ kind, pattern }) => ({
  if: { properties: { url: { not: { pattern } } } },
  else: { properties: Object.fromEntries(Object.keys(foreignKeys[kind]).map((key) => [key, false])) },
}));
