import type { RepositoryConfig } from "../config/config.ts";

/** The repositories that have this one as a member, in the order of the configuration. */
export const mergedWith = (
  member: string,
  repositories: Readonly<Record<string, Pick<RepositoryConfig, "sources">>>,
): string[] =>
  Object.entries(repositories).flatMap(([name, { sources }]) =>
    sources.some((source) => source.kind === "member" && source.repository === member) ? [name] : [],
  );
