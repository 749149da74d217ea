import type {
  HttpSourceConfig,
  MemberSourceConfig,
  OciSourceConfig,
  RepositoryConfig,
} from "../config/config.ts";
import type { Archives } from "../upstream/archive-source.ts";
import type { Fetch, RequestMeter } from "../upstream/bounded-fetch.ts";
import { HttpRepository } from "../upstream/http-repository.ts";
import { MemoryGate } from "../upstream/memory-gate.ts";
import { OciRegistry } from "../upstream/oci-registry.ts";
import type { RegistryTokens } from "../upstream/registry-tokens.ts";
import { type MemberBucket, MemberRepository } from "./member-repository.ts";

/** Bytes of archives in memory at a time, of an isolate's 128 MB. */
const archivesInMemory = 40 * 1024 * 1024;

export type OpenSource =
  | { kind: "http"; source: HttpSourceConfig; upstream: HttpRepository }
  | { kind: "oci"; source: OciSourceConfig; upstream: OciRegistry }
  | { kind: "member"; source: MemberSourceConfig; upstream: MemberRepository };

export interface SourceParts {
  config: RepositoryConfig;
  fetch: Fetch;
  bucket: MemberBucket;
  now: () => number;
  /** What registries were learnt to want, and their tokens: they outlive a unit. */
  tokens: RegistryTokens;
  /** The value of a secret; undefined where it is not set. */
  secret: (name: string) => string | undefined;
}

/** The sources of a repository, in order of preference, ready to be asked on the account of one unit. */
export function openSources(parts: SourceParts, meter: RequestMeter): OpenSource[] {
  const { config, fetch, now, tokens, bucket } = parts;
  const gate = new MemoryGate(archivesInMemory);
  const shared = { limits: config.limits, fetch, now, meter, gate, tokens };
  return config.sources.map((source) => {
    if (source.kind === "http")
      return { kind: "http", source, upstream: new HttpRepository({ ...shared, source }) };
    if (source.kind === "member")
      return { kind: "member", source, upstream: new MemberRepository(bucket, source) };
    const secret = source.credentials === undefined ? undefined : parts.secret(source.credentials);
    return { kind: "oci", source, upstream: new OciRegistry({ ...shared, source, secret }) };
  });
}

export const archiveSources = (sources: readonly OpenSource[]): Map<string, Archives> =>
  new Map(sources.map(({ source, upstream }) => [source.url, upstream]));
