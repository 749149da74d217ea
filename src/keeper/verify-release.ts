import type { Log } from "../observability/event.ts";
import { type DamageBucket, setAside } from "../storage/archive-store.ts";
import { archiveKey, provenanceKey } from "../storage/keys.ts";
import type { StoredRelease } from "./damage-table.ts";
import type { Ledger } from "./ledger.ts";
import { archiveIsBack, archivesLost } from "./repair.ts";
import { forgetSummary } from "./report.ts";
import { noteProgress, noteRepaired } from "./verification.ts";

export interface ReleaseVerifying {
  repository: string;
  ledger: Ledger;
  bucket: DamageBucket;
  now: () => number;
  log: Log;
}

/**
 * Compares a stored archive with its digest, and looks whether its provenance is there.
 *
 * @param lost gets its digest if its archive is found lost now
 * @throws {Error} where the store fails; what it holds is not known then
 */
export async function verifyRelease(
  verifying: ReleaseVerifying,
  release: StoredRelease,
  lost: string[],
): Promise<void> {
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
async function verifyProvenance(verifying: ReleaseVerifying, release: StoredRelease): Promise<void> {
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

function noteFound(
  { repository, ledger, log }: ReleaseVerifying,
  release: StoredRelease,
  message: string,
): void {
  const { chart, version, digest } = release;
  forgetSummary(ledger);
  noteProgress(ledger, ({ damaged }) => ({ damaged: damaged + 1 }));
  log({ event: "integrity", repository, chart, version, digest, message });
}
