import type { Policies } from "./policies.ts";

/** What mirror.yaml says, checked and with every default filled in. Made by `schema.ts`, at build time. */
export interface Config {
  /** The repository that is served at `/index.yaml` as well. */
  root?: string;
  repositories: Record<string, RepositoryConfig>;
}

export interface RepositoryConfig {
  /** In order of preference; never empty. */
  sources: SourceConfig[];
  /** Seconds between two checks of a source. */
  interval: number;
  /** Seconds for which a revision is kept after it was superseded. */
  history: number;
  budget: Budget;
  limits: Limits;
  policies: Policies;
  notify: NotifyConfig;
}

/** Who is told of what happens to a repository, and how soon. */
export interface NotifyConfig {
  /** Checks in a row that a source has to fail before somebody is told. */
  failures: number;
  /** Those that this repository concerns. */
  webhooks: WebhookConfig[];
}

export interface WebhookConfig {
  /** Its address, or the name of the secret that is its address. The mirror tells webhooks apart by it. */
  to: { url: string } | { secret: string };
  format: "json" | "slack";
  /** Name of the secret that is the key of the signature; without it nothing is signed. */
  key?: string;
  events: NoticeEvent[];
}

/** What somebody may want to be told. */
export type NoticeEvent =
  | "source-failing"
  | "source-recovered"
  | "change-withheld"
  | "version-mutated"
  | "integrity-failure"
  | "backlog-growing";

export type SourceConfig = HttpSourceConfig | OciSourceConfig | MemberSourceConfig;

/** A Helm repository behind HTTP: an index.yaml, and archives wherever it says. */
export interface HttpSourceConfig {
  kind: "http";
  /** http: or https:, without a trailing slash, a query or a fragment. */
  url: string;
  /** Small files beside the index to mirror as they are: plain file names. */
  files: string[];
  /** The first matching prefix of an address is replaced, for fetching only; the longest prefixes come first. */
  rewrites: { from: string; to: string }[];
}

/** A path in an OCI registry, below which every chart is a repository of its own. */
export interface OciSourceConfig {
  kind: "oci";
  /** `oci://host[:port][/path]`, without a trailing slash. */
  url: string;
  /** Names of charts; `listed`: those that this repository has from elsewhere; `catalog`: those that the registry lists. */
  charts: string[] | "listed" | "catalog";
  /** Name of the secret that holds `user:password`. */
  credentials?: string;
  /** Speak http: to the registry. */
  plainHttp: boolean;
  /** Seconds after which a known tag is asked for again, to see whether it moved. */
  recheck: number;
}

/** Another repository of this mirror, of which everything that it has published is merged into this one. */
export interface MemberSourceConfig {
  kind: "member";
  /** `member:<repository>`. */
  url: string;
  /** Its name. */
  repository: string;
}

/** How much one unit of the Keeper's work may do. */
export interface Budget {
  /** Index entries parsed, and tags of registries read. What is known from before costs nothing. */
  entries: number;
  /** Archives copied. */
  archives: number;
  /** Requests to upstreams, redirects and provenance included. */
  subrequests: number;
}

export interface Limits {
  /** Bytes of an index, decompressed. */
  indexBytes: number;
  /** Bytes of an archive. */
  archiveBytes: number;
  /** Bytes of a provenance file or of a small file beside the index. */
  fileBytes: number;
  /** Seconds that fetching an index may take in all. */
  indexSeconds: number;
  /** Seconds that fetching an archive or a small file may take in all. */
  archiveSeconds: number;
}
