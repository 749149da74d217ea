import type { RepositoryConfig } from "../config/config.ts";
import { mergedWith } from "./merged-with.ts";

/** The Keepers of the mirror, by their repositories' names. */
export interface Keepers {
  getByName(repository: string): {
    memberPublished(repository: string, member: string): Promise<void>;
    archivesLost(repository: string, digests: readonly string[]): Promise<void>;
  };
}

type Repositories = Readonly<Record<string, Pick<RepositoryConfig, "sources">>>;

/** A repository has published: those that it is a member of need not wait for their next check. */
export async function announce(keepers: Keepers, repositories: Repositories, member: string): Promise<void> {
  await tellAll(mergedWith(member, repositories), (name) =>
    keepers.getByName(name).memberPublished(name, member),
  );
}

/** Archives are shared by all repositories. @param finder the one that has found them missing */
export async function tellLost(
  keepers: Keepers,
  repositories: Repositories,
  finder: string,
  digests: readonly string[],
): Promise<void> {
  const others = Object.keys(repositories).filter((name) => name !== finder);
  await tellAll(others, (name) => keepers.getByName(name).archivesLost(name, digests));
}

/** A Keeper that cannot be reached keeps no other one from hearing of it. */
async function tellAll(
  repositories: readonly string[],
  tell: (name: string) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(repositories.map(tell));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
