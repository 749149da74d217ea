import type { RepositoryConfig } from "../config/config.ts";
import { indexLine } from "../helm/chart-entry.ts";
import { type ProvenanceBucket, storeArchive, storeProvenance } from "../storage/archive-store.ts";
import type { ArchiveAddress, Archives, StoredArchives } from "../upstream/archive-source.ts";
import { shown } from "../upstream/bounded-fetch.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { archivePath } from "./archive-path.ts";
import {
  copyMissingProvenance,
  findProvenance,
  type Provenance,
  recordProvenance,
} from "./copy-provenance.ts";
import { describeArtifact } from "./describe-artifact.ts";
import type { Ledger } from "./ledger.ts";
import type { DueRelease } from "./copy-queue.ts";
import { repairArchive } from "./repair.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface ReleaseCopying {
  repository: string;
  config: Pick<RepositoryConfig, "policies">;
  ledger: Ledger;
  bucket: ProvenanceBucket & Pick<R2Bucket, "head">;
  upstreams: ReadonlyMap<string, Archives>;
  now: () => number;
}

/**
 * Copies a release's archive, and its provenance if there is one, then commits both at once: the platform
 * holds back every further request until a commit is safe, so there is one.
 *
 * @returns bytes copied
 * @throws {UpstreamError} what is wrong with the archive; nothing was stored then
 * @throws {BudgetSpent}
 */
export async function copyRelease(copying: ReleaseCopying, release: DueRelease): Promise<number> {
  const addresses: ArchiveAddress[] = JSON.parse(release.addresses);
  if (release.state === "stored") return await copyMissingProvenance(copying, release, addresses);
  const { id, digest } = release;
  if (digest !== null && copying.ledger.damage.has(id, "archive")) {
    return await repairArchive(copying, { ...release, digest }, addresses);
  }
  const failures: UpstreamError[] = [];
  for (const address of addresses.filter(({ source }) => copying.upstreams.has(source))) {
    try {
      return await copyFrom(copying, release, address, addresses);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      failures.push(error);
    }
  }
  throw mostHopeful(failures) ?? new UpstreamError("forbidden-address", "no source lists it any more");
}

/** Where one address may work soon, it is not put off because another one seldom will. */
const mostHopeful = (failures: readonly UpstreamError[]): UpstreamError | undefined =>
  ["soon", "later", "seldom"].flatMap((hope) => failures.filter(({ passes }) => passes === hope))[0];

async function copyFrom(
  copying: ReleaseCopying,
  release: DueRelease,
  address: ArchiveAddress,
  addresses: readonly ArchiveAddress[],
): Promise<number> {
  const { bucket, upstreams } = copying;
  const upstream = upstreams.get(address.source);
  if (upstream === undefined)
    throw new UpstreamError("forbidden-address", `${address.source} is not configured`);
  if ("archiveSize" in upstream) return await takeStored(copying, release, upstream, [address, ...addresses]);
  return await upstream.archive(address, async (bytes) => {
    const where = shown(new URL(address.url));
    // Without a listed digest an error page would be taken for an archive.
    if (release.digest === null && !isGzip(bytes)) {
      throw new UpstreamError("not-an-archive", `${where}: ${bytes.byteLength} bytes that are no gzip file`);
    }
    const [stored, provenance] = await Promise.all([
      storeArchive(bucket, bytes, release.digest ?? undefined),
      findProvenance(upstreams, [address, ...addresses]),
    ]);
    if (stored.kind === "mismatch") {
      const told = `${address.source} lists sha256 ${release.digest}, the archive at ${where} has ${stored.actual}`;
      throw new UpstreamError("digest-mismatch", isGzip(bytes) ? told : `${told} and is no gzip file`);
    }
    await commit(copying, release, { digest: stored.digest, size: bytes.byteLength }, provenance);
    return bytes.byteLength;
  });
}

/** Another repository of this mirror brought the archive: it is there, or the release is not listed. */
async function takeStored(
  copying: ReleaseCopying,
  release: DueRelease,
  archives: StoredArchives,
  addresses: readonly ArchiveAddress[],
): Promise<number> {
  const { digest } = release;
  const size = digest === null ? undefined : await archives.archiveSize(digest);
  if (digest === null || size === undefined) {
    const told = `${addresses[0]?.source} lists sha256 ${digest}, which is not in storage`;
    throw new UpstreamError("not-found", told);
  }
  await commit(copying, release, { digest, size }, await findProvenance(copying.upstreams, addresses));
  return 0;
}

/** The archive is in storage: keeps its provenance, and has it decided whether it is listed. */
async function commit(
  copying: ReleaseCopying,
  release: DueRelease,
  { digest, size }: { digest: string; size: number },
  provenance: Provenance,
): Promise<void> {
  const { repository, bucket, ledger, now } = copying;
  const signature =
    provenance.kind === "found"
      ? await storeProvenance(bucket, repository, digest, provenance.bytes)
      : undefined;
  const line = await listedLine(ledger.releases.line(release.id), release, digest);
  const artifact = await describeArtifact(line.bytes, { digest, size }, signature);
  ledger.transaction(() => {
    const id = release.digest === null ? ledger.copyQueue.digestFound(release.id, digest, now()) : release.id;
    if (ledger.copyQueue.isStored(id)) {
      // Brought by a source that said its digest, with a line of its own, which stays.
      if (provenance.kind === "found") ledger.copyQueue.provenanceOffered(id, now());
      return;
    }
    ledger.copyQueue.stored(id, size, artifact);
    ledger.listing.hashed(id, line.hash);
    if (release.digest === null) ledger.listing.setLine(id, line.bytes);
    recordProvenance(copying, { id, attempts: 0 }, provenance);
    ledger.judgements.mark(release.chart);
  });
}

/** RFC 1952 section 2.3.1. A plain tar under the name of a .tgz is fine as long as its digest is right. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

interface ListedLine {
  bytes: Uint8Array;
  /** SHA-256: the revision is made of these. */
  hash: ArrayBuffer;
}

/** A line that was written before the digest was known is completed now. */
async function listedLine(bytes: Uint8Array, release: DueRelease, digest: string): Promise<ListedLine> {
  if (release.digest !== null) return { bytes, hash: await crypto.subtle.digest("SHA-256", bytes) };
  const metadata = decoder.decode(bytes);
  const completed = encoder.encode(indexLine({ metadata }, digest, archivePath(release, digest)));
  return { bytes: completed, hash: await crypto.subtle.digest("SHA-256", completed) };
}
