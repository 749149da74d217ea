import type {
  Budget,
  HttpSourceConfig,
  Limits,
  MemberSourceConfig,
  NotifyConfig,
  OciSourceConfig,
  RepositoryConfig,
  SourceConfig,
} from "../../src/config/config.ts";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";

/** A repository to mirror: what is left out is small, so that tests need not wait. */
export type MirroredRepository =
  (HttpMirrored & { url: string }) | (MirrorSettings & { sources: SourceConfig[] });

/** What may be said of the mirror of a single HTTP repository. */
export type HttpMirrored = MirrorSettings & Partial<Pick<HttpSourceConfig, "files" | "rewrites">>;

interface MirrorSettings {
  interval?: number;
  history?: number;
  budget?: Partial<Budget>;
  limits?: Partial<Limits>;
  policies?: Partial<Policies>;
  notify?: Partial<NotifyConfig>;
}

const defaultBudget: Budget = { entries: 5000, archives: 200, subrequests: 800 };
const defaultLimits: Limits = {
  indexBytes: 32 * 1024 * 1024,
  archiveBytes: 4 * 1024 * 1024,
  fileBytes: 256 * 1024,
  indexSeconds: 20,
  archiveSeconds: 20,
};

/** As the Worker is configured. */
export function configOf(mirrored: MirroredRepository): RepositoryConfig {
  return {
    interval: mirrored.interval ?? 1,
    history: mirrored.history ?? 3600,
    sources: "sources" in mirrored ? mirrored.sources : [httpSource(mirrored)],
    budget: { ...defaultBudget, ...mirrored.budget },
    limits: { ...defaultLimits, ...mirrored.limits },
    policies: { ...defaultPolicies, ...mirrored.policies },
    notify: { failures: 3, webhooks: [], ...mirrored.notify },
  };
}

type Source<T extends SourceConfig> = Partial<Omit<T, "kind" | "url">> & { url: string };

export const httpSource = ({ url, files, rewrites }: Source<HttpSourceConfig>): HttpSourceConfig => ({
  kind: "http",
  url,
  files: files ?? [],
  rewrites: rewrites ?? [],
});

/** A registry on this machine, so without TLS. */
export const ociSource = ({
  url,
  charts,
  recheck,
  credentials,
}: Source<OciSourceConfig>): OciSourceConfig => ({
  kind: "oci",
  url,
  charts: charts ?? "listed",
  plainHttp: true,
  recheck: recheck ?? 86_400,
  ...(credentials === undefined ? {} : { credentials }),
});

/** Other repositories of the mirror, in order of preference. */
export const memberSources = (...names: string[]): MemberSourceConfig[] =>
  names.map((repository) => ({ kind: "member", url: `member:${repository}`, repository }));
