import { type Log, messageOf } from "../observability/event.ts";
import type { Ledger } from "./ledger.ts";

/**
 * When the cache is purged: an isolate that has not heard of a withdrawal yet may put an answer back into the cache,
 * behind the purge of who withdrew. They hear of it within ten seconds.
 */
const purgeSeconds = 30;
const purgeRetrySeconds = 300;

export interface PurgeParts {
  repository: string;
  ledger: Ledger;
  /** Tells the platform's cache that the repository's index changed, and that these digests are not what they were. */
  purge: (repository: string, digests?: readonly string[]) => Promise<void>;
  now: () => number;
  log: Log;
}

interface Purge {
  /** Milliseconds since 1970. */
  due: number;
  digests: string[];
}

const pendingPurge = (ledger: Ledger): Purge | undefined => {
  const pending = ledger.fact("digest-purge");
  return pending === undefined ? undefined : JSON.parse(pending);
};

/** What the cache may hold by these digests is not what it is now. */
export function purgeLater(ledger: Ledger, digests: readonly string[], now: number): void {
  const purge: Purge = {
    due: now + purgeSeconds * 1000,
    digests: [...new Set([...(pendingPurge(ledger)?.digests ?? []), ...digests])],
  };
  ledger.remember("digest-purge", JSON.stringify(purge));
}

/** Answers by digest are kept for a year: so this is tried until it works. */
export async function purgeDigests({ repository, ledger, purge, now, log }: PurgeParts): Promise<void> {
  const pending = pendingPurge(ledger);
  if (pending === undefined || pending.due > now()) return;
  try {
    await purge(repository, pending.digests);
    ledger.remember("digest-purge", undefined);
  } catch (error) {
    const later: Purge = { ...pending, due: now() + purgeRetrySeconds * 1000 };
    ledger.remember("digest-purge", JSON.stringify(later));
    log({ event: "purge-failed", repository, message: messageOf(error) });
  }
}

/** When it is due, in milliseconds since 1970. */
export const nextPurge = (ledger: Ledger): number | undefined => pendingPurge(ledger)?.due;
