import type { Budget } from "../config/config.ts";
import { messageOf } from "../observability/event.ts";
import { headKey } from "../storage/keys.ts";
import type { StoredRelease } from "./damage-table.ts";
import { connections } from "./in-parallel.ts";
import { forgetSummary } from "./report.ts";
import { noteProgress, verificationOf } from "./verification.ts";
import { type ReleaseVerifying, verifyRelease } from "./verify-release.ts";

/** A unit looks at archives for so long, and at no more bytes than this; then the next one goes on. */
const unitSeconds = 30;
const unitBytes = 256 * 1024 * 1024;
const retrySeconds = 60;
/** When single archives that could not be read are looked at again. */
const unreadSeconds = 3600;
/** Of more than these it is for the store, and the verification waits: they are kept in one value of the ledger. */
const mostUnread = 1000;

export interface Verifying extends ReleaseVerifying {
  budget: Pick<Budget, "archives">;
}

interface Telling {
  /** Tells the other repositories of the mirror that these archives were lost: they may list them, too. */
  tellLost: (repository: string, digests: readonly string[]) => Promise<void>;
}

/**
 * Hashes stored archives and compares them with their digests, so many in a unit. What is missing or has other
 * bytes is not listed from here on, and is copied again by the same unit where a source still has it. A store
 * that fails says nothing about what it holds: it is asked again later. Where it gives everything but some archives,
 * the others do not wait for those.
 *
 * @returns digests of archives that were found lost now
 */
export async function verifyStored(verifying: Verifying): Promise<string[]> {
  const { repository, ledger, now, log } = verifying;
  const due = ledger.fact("verify-due");
  const lost: string[] = [];
  if (due === undefined || Number(due) > now()) return lost;
  try {
    await verifyUnit(verifying, lost);
  } catch (error) {
    ledger.remember("verify-due", now() + retrySeconds * 1000);
    log({ event: "verify-failed", repository, message: messageOf(error) });
  }
  return lost;
}

/**
 * Archives are shared. Behind copying, so that whoever has no source of its own finds there again what could be
 * repaired, and need not unlist it.
 */
export async function tellOthers(
  { repository, tellLost, log }: Pick<Verifying, "repository" | "log"> & Telling,
  lost: readonly string[],
): Promise<void> {
  if (lost.length === 0) return;
  try {
    await tellLost(repository, lost);
  } catch (error) {
    log({ event: "loss-not-told", repository, message: messageOf(error) }); // their own verification finds it
  }
}

async function verifyUnit(verifying: Verifying, lost: string[]): Promise<void> {
  const { ledger, budget, now } = verifying;
  if (verificationOf(ledger)?.endedAt !== null) return lookAgain(verifying, lost);
  const end = now() + unitSeconds * 1000;
  let [left, bytes] = [budget.archives, unitBytes];
  while (left > 0 && bytes > 0 && now() <= end) {
    const after = verificationOf(ledger)?.after ?? 0;
    const some = ledger.damage.after(after, Math.min(connections, left));
    if (some.length === 0) return endVerification(verifying);
    const failed = await verifySome(verifying, some, lost);
    const unread = [...(verificationOf(ledger)?.unread ?? []), ...failed];
    if (unread.length > mostUnread) throw new Error(`more than ${mostUnread} archives cannot be read`);
    noteProgress(ledger, ({ checked }) => ({
      checked: checked + some.length - failed.length,
      after: some.at(-1)?.id ?? 0,
      unread,
    }));
    left -= some.length;
    for (const { size } of some) bytes -= size;
  }
}

/** A verification came to its end, but for some that could not be read: a few of them, until all could be. */
async function lookAgain(verifying: Verifying, lost: string[]): Promise<void> {
  const { ledger, now } = verifying;
  const due = verificationOf(ledger)?.unread.slice(0, connections) ?? [];
  const failed = await verifySome(verifying, ledger.damage.those(due), lost);
  ledger.transaction(() => {
    noteProgress(ledger, ({ checked, unread }) => ({
      checked: checked + due.length - failed.length,
      unread: [...unread.slice(due.length), ...failed],
    }));
    forgetSummary(ledger);
    const isOver = verificationOf(ledger)?.unread.length === 0;
    const later = failed.length === 0 ? now() : now() + unreadSeconds * 1000;
    ledger.remember("verify-due", isOver ? undefined : later);
  });
}

/**
 * @param lost gets the digests of archives that are found lost now
 * @returns rows of those that could not be read
 * @throws {Error} where it is not for the archives, but the store as a whole fails
 */
async function verifySome(
  verifying: Verifying,
  some: readonly StoredRelease[],
  lost: string[],
): Promise<number[]> {
  const { repository, bucket, log } = verifying;
  const failed: number[] = [];
  const verify = async (release: StoredRelease): Promise<void> => {
    try {
      await verifyRelease(verifying, release, lost);
    } catch (error) {
      const { id, chart, version, digest } = release;
      failed.push(id);
      log({ event: "archive-unread", repository, chart, version, digest, message: messageOf(error) });
    }
  };
  await Promise.all(some.map(verify));
  if (failed.length > 0) await bucket.head(headKey(repository)); // throws where nothing can be read
  return failed;
}

function endVerification({ repository, ledger, now, log }: Verifying): void {
  ledger.transaction(() => {
    noteProgress(ledger, () => ({ endedAt: new Date(now()).toISOString() }));
    const isOver = verificationOf(ledger)?.unread.length === 0;
    ledger.remember("verify-due", isOver ? undefined : now() + unreadSeconds * 1000);
  });
  const { checked = 0, damaged = 0, unread = [] } = verificationOf(ledger) ?? {};
  log({ event: "verified", repository, checked, damaged, unread: unread.length });
}
