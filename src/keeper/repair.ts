import { archiveIsStored, storeArchive } from "../storage/archive-store.ts";
import type { ArchiveAddress } from "../upstream/archive-source.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import type { ReleaseCopying } from "./copy-release.ts";
import type { Ledger } from "./ledger.ts";
import type { DueRelease } from "./copy-queue.ts";
import { forgetSummary } from "./report.ts";
import { noteRepaired } from "./verification.ts";

/** Nobody is led to what is not there: not listed, and to be copied again. */
export function archivesLost(
  ledger: Ledger,
  releases: readonly number[],
  message: string,
  now: number,
): void {
  ledger.transaction(() => {
    const charts = ledger.damage.archivesLost(releases, message, now);
    if (charts.length > 0) forgetSummary(ledger);
    for (const chart of charts) ledger.judgements.mark(chart);
  });
}

/** The archive of a release is in storage again, with the bytes that it had; everything else of it stayed. */
export function archiveIsBack(ledger: Ledger, release: number): void {
  ledger.transaction(() => {
    ledger.judgements.mark(ledger.damage.archiveIsBack(release));
    if (ledger.damage.repaired(release, "archive")) noteRepaired(ledger);
    forgetSummary(ledger);
  });
}

/**
 * Brings an archive back that storage has lost: from a source that still has the right bytes, or by finding that
 * somebody else did, since archives are shared by all repositories of the mirror.
 *
 * @returns bytes copied
 * @throws {UpstreamError} why no source can give it now
 * @throws {BudgetSpent}
 */
export async function repairArchive(
  { bucket, ledger, upstreams }: ReleaseCopying,
  release: DueRelease & { digest: string },
  fetchFrom: readonly ArchiveAddress[],
): Promise<number> {
  const { id, digest } = release;
  let failure = new UpstreamError("not-found", "no source has it any more");
  if (await archiveIsStored(bucket, digest)) {
    archiveIsBack(ledger, id);
    return 0;
  }
  for (const address of fetchFrom) {
    const upstream = upstreams.get(address.source);
    if (upstream === undefined || "archiveSize" in upstream) continue; // another repository stores no second one
    try {
      const bytes = await upstream.archive(address, (archive) =>
        storeAgain(bucket, archive, release, address),
      );
      archiveIsBack(ledger, id);
      return bytes;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function storeAgain(
  bucket: ReleaseCopying["bucket"],
  archive: Uint8Array<ArrayBuffer>,
  { digest }: { digest: string },
  { source }: ArchiveAddress,
): Promise<number> {
  const stored = await storeArchive(bucket, archive, digest);
  if (stored.kind === "stored") return archive.byteLength;
  throw new UpstreamError("digest-mismatch", `${source} has other bytes by now: sha256 ${stored.actual}`);
}
