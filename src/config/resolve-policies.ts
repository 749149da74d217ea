import { type Guard, type Policies, defaultPolicies } from "./policies.ts";
import type { MirrorFile } from "./schema.ts";

type Repository = MirrorFile["repositories"][string];
type GuardFile = NonNullable<MirrorFile["guard"]>;

/** A repository's own value, else the file's, else the default; of `guard` key by key. */
export function resolvePolicies(own: Repository, shared: MirrorFile): Policies {
  const keepNewest = own.keepNewest ?? shared.keepNewest ?? "all";
  return {
    ...defaultPolicies,
    removal: own.removal ?? shared.removal ?? defaultPolicies.removal,
    guard: resolveGuard(own.guard ?? {}, shared.guard ?? {}),
    change: own.change ?? shared.change ?? defaultPolicies.change,
    minimumAge: own.minimumAge ?? shared.minimumAge ?? defaultPolicies.minimumAge,
    include: own.include ?? shared.include ?? defaultPolicies.include,
    exclude: own.exclude ?? shared.exclude ?? defaultPolicies.exclude,
    ...(keepNewest === "all" ? {} : { keepNewest }),
  };
}

function resolveGuard(own: GuardFile, shared: GuardFile): Guard {
  const { maxLoss, confirmAfter, afterRecovery, grace } = defaultPolicies.guard;
  return {
    maxLoss: {
      share: own.maxLoss?.share ?? shared.maxLoss?.share ?? maxLoss.share,
      count: own.maxLoss?.count ?? shared.maxLoss?.count ?? maxLoss.count,
    },
    confirmAfter: own.confirmAfter ?? shared.confirmAfter ?? confirmAfter,
    afterRecovery: own.afterRecovery ?? shared.afterRecovery ?? afterRecovery,
    grace: own.grace ?? shared.grace ?? grace,
  };
}
