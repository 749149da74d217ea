import type { Budget, Config, Limits, RepositoryConfig } from "./config.ts";
import { type Plan, planBudgets } from "./plans.ts";
import { resolvePolicies } from "./resolve-policies.ts";
import { resolveMembers, resolveSources } from "./resolve-source.ts";
import type { MirrorFile } from "./schema.ts";

type RepositoryFile = MirrorFile["repositories"][string];
type LimitsFile = NonNullable<MirrorFile["limits"]>;
type Partly<T> = { [Key in keyof T]?: T[Key] | undefined };

const mebibyte = 1024 ** 2;

/**
 * The largest public indexes are about 20 MB and their archives below 1 MB, with a few of 10 MB (CRDs,
 * vendored dependencies). GitHub's releases answer in seconds, or not at all.
 */
const defaultLimits: Limits = {
  indexBytes: 64 * mebibyte,
  archiveBytes: 32 * mebibyte,
  fileBytes: mebibyte,
  indexSeconds: 120,
  archiveSeconds: 60,
};
const defaultInterval = 10 * 60;
const defaultHistory = 30 * 86_400;

/** Fills in what the file leaves open: a repository's own value, else the file's, else the default. */
export function resolveConfig(file: MirrorFile, planWhereUnsaid: Plan): Config {
  const budget = planBudgets[file.plan ?? planWhereUnsaid];
  const repositories = Object.entries(file.repositories).map(
    ([name, repository]) => [name, resolveRepository(repository, file, budget)] as const,
  );
  const config: Config = { repositories: Object.fromEntries(repositories) };
  if (file.root !== undefined) config.root = file.root;
  return config;
}

function resolveRepository(repository: RepositoryFile, file: MirrorFile, plan: Budget): RepositoryConfig {
  const { sources = [], members } = repository;
  return {
    sources: members === undefined ? resolveSources(sources) : resolveMembers(members),
    interval: repository.interval ?? file.interval ?? defaultInterval,
    history: repository.history ?? file.history ?? defaultHistory,
    budget: resolveBudget(repository.budget ?? {}, file.budget ?? {}, plan),
    limits: resolveLimits(repository.limits ?? {}, file.limits ?? {}),
    policies: resolvePolicies(repository, file),
  };
}

function resolveBudget(own: Partly<Budget>, shared: Partly<Budget>, plan: Budget): Budget {
  return {
    entries: own.entries ?? shared.entries ?? plan.entries,
    archives: own.archives ?? shared.archives ?? plan.archives,
    subrequests: own.subrequests ?? shared.subrequests ?? plan.subrequests,
  };
}

function resolveLimits(own: LimitsFile, shared: LimitsFile): Limits {
  return {
    indexBytes: own.index ?? shared.index ?? defaultLimits.indexBytes,
    archiveBytes: own.archive ?? shared.archive ?? defaultLimits.archiveBytes,
    fileBytes: own.file ?? shared.file ?? defaultLimits.fileBytes,
    indexSeconds: own.indexTime ?? shared.indexTime ?? defaultLimits.indexSeconds,
    archiveSeconds: own.archiveTime ?? shared.archiveTime ?? defaultLimits.archiveSeconds,
  };
}
