import { replaceProvenance, storeProvenance } from "../storage/archive-store.ts";
import type { ArchiveAddress, ProvenanceSource } from "../upstream/archive-source.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { backoffSeconds } from "./backoff.ts";
import type { DueRelease } from "./copy-queue.ts";
import type { ReleaseCopying } from "./copy-release.ts";
import { describeArtifact } from "./describe-artifact.ts";
import { purgeLater } from "./purge-digests.ts";
import { noteRepaired } from "./verification.ts";

/** What the sources say of the provenance of an archive. */
export type Provenance =
  | { kind: "found"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "absent" }
  | { kind: "later" } // the upstream could not tell
  | { kind: "unasked" }; // this unit has no request left for it

/** Asks the sources in turn, each at its first address: one may have what another one lacks. */
export async function findProvenance(
  upstreams: ReadonlyMap<string, ProvenanceSource>,
  addresses: readonly ArchiveAddress[],
): Promise<Provenance> {
  let answer: Provenance = { kind: "absent" };
  for (const [source, [address]] of Map.groupBy(addresses, (one) => one.source)) {
    const upstream = upstreams.get(source);
    if (upstream === undefined || address === undefined) continue;
    const asked = await askForProvenance(upstream, address);
    if (asked.kind === "found") return asked;
    if (asked.kind !== "absent") answer = asked;
  }
  return answer;
}

/** Never throws what the upstream did wrong: the archive counts without its provenance, too. */
async function askForProvenance(upstream: ProvenanceSource, address: ArchiveAddress): Promise<Provenance> {
  try {
    const bytes = await upstream.provenance(address);
    return bytes === undefined ? { kind: "absent" } : { kind: "found", bytes };
  } catch (error) {
    if (error instanceof BudgetSpent) return { kind: "unasked" };
    if (!(error instanceof UpstreamError)) throw error;
    return { kind: error.passes === "soon" ? "later" : "absent" };
  }
}

/** Of an archive that is in storage: it was not found yet, or what was found does not verify. @returns bytes copied */
export async function copyMissingProvenance(
  copying: ReleaseCopying,
  release: DueRelease,
  addresses: readonly ArchiveAddress[],
): Promise<number> {
  const { repository, bucket, ledger, upstreams, now } = copying;
  const provenance = await findProvenance(upstreams, addresses);
  const { id, digest, size, attempts } = release;
  if (provenance.kind !== "found" || digest === null) {
    recordProvenance(copying, release, provenance);
    return 0;
  }
  const isRefused = ledger.signatures.mayBeReplaced(id);
  const store = isRefused ? replaceProvenance : storeProvenance;
  const signature = await store(bucket, repository, digest, provenance.bytes);
  const artifact = await describeArtifact(ledger.releases.line(id), { digest, size }, signature);
  ledger.transaction(() => {
    ledger.copyQueue.stored(id, size, artifact);
    ledger.listingChanged();
    recordProvenance(copying, release, provenance);
    if (!isRefused) return;
    ledger.signatures.replaced(id, attempts);
    purgeLater(ledger, [digest], now());
  });
  return 0;
}

/**
 * What could not be answered is asked again, ever more rarely, for about a week. Where there is none, and a version is
 * not listed for that, it is asked for again for some days.
 */
export function recordProvenance(
  { ledger, config, now }: ReleaseCopying,
  { id, attempts }: { id: number; attempts: number },
  { kind }: Provenance,
): void {
  if (kind === "found") {
    ledger.copyQueue.provenanceStored(id);
    if (ledger.damage.repaired(id, "provenance")) noteRepaired(ledger);
    return;
  }
  const again = (first: number) => now() + backoffSeconds(attempts + 1, first, 86_400) * 1000;
  if (kind === "unasked") ledger.copyQueue.provenanceDue(id, now(), attempts);
  else if (kind === "later" && attempts < 16) ledger.copyQueue.provenanceDue(id, again(60), attempts + 1);
  else {
    ledger.copyQueue.provenanceAbsent(id);
    if (config.policies.requireProvenance) ledger.signatures.askAgain(id, attempts, now());
  }
}
