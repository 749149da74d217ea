import type { Budget } from "../config/config.ts";
import { type Log, messageOf } from "../observability/event.ts";
import { type DamageBucket, setAside } from "../storage/archive-store.ts";
import { archiveKey, provenanceKey } from "../storage/keys.ts";
import type { StoredRelease } from "./damage-table.ts";
import { connections } from "./in-parallel.ts";
import type { Ledger } from "./ledger.ts";
import { archiveIsBack, archivesLost } from "./repair.ts";
import { forgetSummary } from "./report.ts";
import { noteProgress, noteRepaired, verificationOf } from "./verification.ts";

/** A unit looks at archives for so long, and at no more bytes than this; then the next one goes on. */
const unitSeconds = 30;
const unitBytes = 256 * 1024 * 1024;
const retrySeconds = 60;

export interface Verifying {
  repository: string;
  ledger: Ledger;
  bucket: DamageBucket;
  budget: Budget;
  now: () => number;
  log: Log;
}

interface Telling {
  /** Tells the other repositories of the mirror that these archives were lost: they may list them, too. */
  tellLost: (repository: string, digests: readonly string[]) => Promise<void>;
}

/**
 * Hashes stored archives and compares them with their digests, so many in a unit. What is missing or has other
 * bytes is not listed from here on, and is copied again by the same unit where a source still has it. A store
 * that fails says nothing about what it holds: it is asked again later. Wrong bytes are moved away: nothing is
 * served under a digest that it does not have.
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
  const end = now() + unitSeconds * 1000;
  let [left, bytes] = [budget.archives, unitBytes];
  while (left > 0 && bytes > 0 && now() <= end) {
    const after = verificationOf(ledger)?.after ?? 0;
    const some = ledger.damage.after(after, Math.min(connections, left));
    if (some.length === 0) return endVerification(verifying);
    await verifySome(verifying, some, lost);
    left -= some.length;
    for (const { size } of some) bytes -= size;
  }
}

async function verifySome(
  verifying: Verifying,
  some: readonly StoredRelease[],
  lost: string[],
): Promise<void> {
  await Promise.all(some.map((release) => verifyRelease(verifying, release, lost)));
  noteProgress(verifying.ledger, ({ checked }) => ({
    checked: checked + some.length,
    after: some.at(-1)?.id ?? 0,
  }));
}

/** @param lost gets its digest if its archive was found lost now */
async function verifyRelease(verifying: Verifying, release: StoredRelease, lost: string[]): Promise<void> {
  const { ledger, bucket, now } = verifying;
  const wrong = await whatIsWrong(bucket, release.digest);
  if (release.damaged === 1) {
    if (wrong === undefined) archiveIsBack(ledger, release.id);
    else ledger.damage.retry(release.id);
  }
  if (wrong !== undefined && release.damaged === 0) {
    archivesLost(ledger, [release.id], wrong.message, now());
    noteFound(verifying, release, wrong.message);
    lost.push(release.digest);
  }
  // Behind that: a store that does not let go of wrong bytes must not keep them listed, nor from being replaced.
  if (wrong?.etag !== undefined) await setAside(bucket, release.digest, wrong.etag);
  if (release.signed === 1) await verifyProvenance(verifying, release);
}

/** @returns the tag of the object with the wrong bytes, where there is one; `undefined` where nothing is wrong */
async function whatIsWrong(
  bucket: DamageBucket,
  digest: string,
): Promise<{ message: string; etag?: string } | undefined> {
  const object = await bucket.get(archiveKey(digest));
  if (object === null) return { message: "the stored archive is missing" };
  const hash = new crypto.DigestStream("SHA-256");
  await object.body.pipeTo(hash);
  const actual = new Uint8Array(await hash.digest).toHex();
  if (actual === digest) return undefined;
  const message = `the stored archive had other bytes: sha256 ${actual} instead of ${digest}`;
  return { message, etag: object.etag };
}

/** Nothing says what its bytes should be, so it only has to be there. */
async function verifyProvenance(verifying: Verifying, release: StoredRelease): Promise<void> {
  const { repository, ledger, bucket, now } = verifying;
  const isThere = (await bucket.head(provenanceKey(repository, release.digest))) !== null;
  if (isThere && release.unsigned === 1) {
    ledger.transaction(() => {
      ledger.damage.provenanceIsBack(release.id);
      if (ledger.damage.repaired(release.id, "provenance")) noteRepaired(ledger);
    });
    forgetSummary(ledger);
  }
  if (isThere) return;
  const message = "the stored provenance is missing";
  ledger.damage.provenanceLost(release.id, message, now());
  if (release.unsigned === 0) noteFound(verifying, release, message);
}

function noteFound({ repository, ledger, log }: Verifying, release: StoredRelease, message: string): void {
  const { chart, version, digest } = release;
  forgetSummary(ledger);
  noteProgress(ledger, ({ damaged }) => ({ damaged: damaged + 1 }));
  log({ event: "integrity", repository, chart, version, digest, message });
}

function endVerification({ repository, ledger, now, log }: Verifying): void {
  ledger.transaction(() => {
    noteProgress(ledger, () => ({ endedAt: new Date(now()).toISOString() }));
    ledger.remember("verify-due", undefined);
  });
  const { checked = 0, damaged = 0 } = verificationOf(ledger) ?? {};
  log({ event: "verified", repository, checked, damaged });
}
