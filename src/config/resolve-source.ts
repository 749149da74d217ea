import type { HttpSourceConfig, MemberSourceConfig, OciSourceConfig, SourceConfig } from "./config.ts";
import { bySpecificity } from "./rewrites.ts";
import type { MirrorFile } from "./schema.ts";
import { kindOf } from "./source-keys.ts";

type SourceFile = NonNullable<MirrorFile["repositories"][string]["sources"]>[number];

/** By it, Artifact Hub knows who owns a repository. It costs a request only when the index has changed. */
const defaultFiles = ["artifacthub-repo.yml"];
/** Tags of released charts hardly ever move, and each look at one costs a request. */
const defaultRecheck = 86_400;

/** Fills in what the sources of a repository leave open. */
export function resolveSources(sources: readonly SourceFile[]): SourceConfig[] {
  const listing = sources.some(({ url }) => kindOf(url) === "http");
  return sources.map((source) => (kindOf(source.url) === "oci" ? oci(source, listing) : http(source)));
}

/** The other repositories of which a merged one is made, as its sources. */
export const resolveMembers = (members: readonly string[]): MemberSourceConfig[] =>
  members.map((repository) => ({ kind: "member", url: `member:${repository}`, repository }));

function http({ url, files, rewrites }: SourceFile): HttpSourceConfig {
  return {
    kind: "http",
    url,
    files: [...new Set(files ?? defaultFiles)],
    rewrites: bySpecificity(rewrites ?? []),
  };
}

/** @param listing whether another source says which charts there are */
function oci(source: SourceFile, listing: boolean): OciSourceConfig {
  const { url, charts, credentials, plainHttp, recheck } = source;
  return {
    kind: "oci",
    url,
    charts: charts ?? (listing ? "listed" : "catalog"),
    ...(credentials === undefined ? {} : { credentials }),
    plainHttp: plainHttp ?? false,
    recheck: recheck ?? defaultRecheck,
  };
}
