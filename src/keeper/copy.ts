import type { Budget } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import { indexLine } from "../helm/chart-entry.ts";
import { type ArchiveBucket, storeArchive, storeProvenance } from "../storage/archive-store.ts";
import { type HttpRepository, provenanceAddress } from "../upstream/http-repository.ts";
import { BudgetSpent, UpstreamError } from "../upstream/upstream-error.ts";
import { archivePath } from "./archive-path.ts";
import { backoffSeconds } from "./backoff.ts";
import { inParallel } from "./in-parallel.ts";
import type { Ledger } from "./ledger.ts";
import { mayList } from "./reconcile.ts";
import type { ArchiveAddress, DueRelease } from "./releases-table.ts";

/** Workers allow six connections that wait for headers; more would only queue. */
const width = 6;
/** So many failures in a row that may pass: the upstream is down, and asking on is no use to anybody. */
const giveUpAfter = 6;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Copying {
  repository: string;
  ledger: Ledger;
  bucket: ArchiveBucket;
  budget: Budget;
  /** Milliseconds since 1970 after which no further archive is begun. */
  deadline: number;
  upstreams: ReadonlyMap<string, HttpRepository>;
  now: () => number;
  log: Log;
}

export interface CopySummary {
  archives: number;
  failed: number;
  bytes: number;
}

/** Copies what is due, newest versions first, each archive and its provenance committed by itself. */
export async function copyDue(copying: Copying): Promise<CopySummary> {
  const { ledger, now, budget } = copying;
  const summary: CopySummary = { archives: 0, failed: 0, bytes: 0 };
  if (ledger.number("copy-pause") > now()) return summary;
  let inARow = 0;
  let paused = false;
  await inParallel(ledger.releases.due(now(), budget.archives), width, async (release) => {
    if (now() > copying.deadline) return "stop";
    try {
      const bytes = await copyRelease(copying, release);
      summary.bytes += bytes;
      summary.archives += 1;
      inARow = 0;
      ledger.remember("copy-failures", undefined);
    } catch (error) {
      if (error instanceof BudgetSpent) return "stop";
      if (!(error instanceof UpstreamError)) throw error; // our own storage: the unit fails, not the archive
      summary.failed += 1;
      recordFailure(copying, release, error);
      inARow = error.passes === "soon" ? inARow + 1 : 0;
      if (error.code === "rate-limited" || inARow >= giveUpAfter) {
        if (!paused) pause(copying, error); // once, not for every request that was still on its way
        paused = true;
        return "stop";
      }
    }
    return "go on";
  });
  return summary;
}

/** @returns bytes copied */
async function copyRelease(copying: Copying, release: DueRelease): Promise<number> {
  const addresses: ArchiveAddress[] = JSON.parse(release.addresses);
  if (release.state === "stored") {
    await copyProvenance(copying, release, release.digest ?? "", addresses[0]);
    return 0;
  }
  let failure: unknown = new UpstreamError("forbidden-address", "no configured source lists it any more");
  for (const address of addresses) {
    try {
      return await copyFrom(copying, release, address);
    } catch (error) {
      if (error instanceof BudgetSpent) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function copyFrom(copying: Copying, release: DueRelease, address: ArchiveAddress): Promise<number> {
  const upstream = copying.upstreams.get(address.source);
  if (upstream === undefined) throw new UpstreamError("forbidden-address", `${address.source} is not configured`);
  return await upstream.archive(address.url, async (bytes) => {
    requireArchive(bytes, release, address.url);
    const stored = await storeArchive(copying.bucket, bytes, release.digest ?? undefined);
    if (stored.kind === "mismatch") {
      throw new UpstreamError(
        "digest-mismatch",
        `the index lists sha256 ${release.digest}, the archive at ${address.url} has ${stored.actual}`,
      );
    }
    const line = await listedLine(release, stored.digest);
    const id = commit(copying.ledger, release, stored.digest, bytes.byteLength, line);
    await copyProvenance(copying, { ...release, id }, stored.digest, address);
    return bytes.byteLength;
  });
}

/** An archive without a listed digest must at least look like one, or an error page would be taken for it. */
function requireArchive(bytes: Uint8Array, release: DueRelease, url: string): void {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // RFC 1952 section 2.3.1
  if (release.digest === null && !isGzip) {
    throw new UpstreamError("not-an-archive", `${url}: ${bytes.byteLength} bytes that are no gzip file`);
  }
}

/** @returns the row that now stands for the release */
function commit(ledger: Ledger, release: DueRelease, digest: string, size: number, line: ListedLine): number {
  return ledger.transaction(() => {
    const id = release.digest === null ? ledger.releases.digestFound(release.id, digest) : release.id;
    ledger.releases.stored(id, size);
    if (mayList(ledger.releases.ofVersion(release.chart, release.sort_key))) {
      ledger.releases.list(id, line.bytes, line.hash);
      ledger.remember("unlisted-changes", 1);
    }
    return id;
  });
}

interface ListedLine {
  bytes: Uint8Array;
  /** SHA-256: the revision is made of these. */
  hash: ArrayBuffer;
}

/** A line that was written before the digest was known is completed now. */
async function listedLine(release: DueRelease, digest: string): Promise<ListedLine> {
  const bytes = new Uint8Array(release.line);
  if (release.digest !== null) return { bytes, hash: await crypto.subtle.digest("SHA-256", bytes) };
  const metadata = decoder.decode(bytes);
  const completed = encoder.encode(indexLine({ metadata }, digest, archivePath(release, digest)));
  return { bytes: completed, hash: await crypto.subtle.digest("SHA-256", completed) };
}

async function copyProvenance(
  copying: Copying,
  release: DueRelease,
  digest: string,
  address: ArchiveAddress | undefined,
): Promise<void> {
  if (release.provenance !== "unknown") return;
  const { ledger } = copying;
  const upstream = address && copying.upstreams.get(address.source);
  try {
    const bytes = upstream && (await upstream.optionalFile(provenanceAddress(address.url)));
    const isProvenance = bytes !== undefined && decoder.decode(bytes).includes("-----BEGIN PGP SIGN");
    if (isProvenance) await storeProvenance(copying.bucket, digest, bytes);
    ledger.releases.provenance(release.id, isProvenance ? "stored" : "absent");
  } catch (error) {
    if (!(error instanceof UpstreamError)) {
      ledger.releases.provenanceDue(release.id, copying.now());
      if (error instanceof BudgetSpent) return;
      throw error;
    }
    if (error.passes === "soon" && release.attempts < 5) {
      const due = copying.now() + backoffSeconds(release.attempts + 1, 60, 3600) * 1000;
      ledger.releases.postpone(release.id, due, error);
    } else ledger.releases.provenance(release.id, "absent");
  }
}

/** What may pass soon is tried again soon; what may pass later, ever more rarely; the rest never. */
function recordFailure({ ledger, now, log, repository }: Copying, release: DueRelease, error: UpstreamError): void {
  const { code, message } = error;
  const attempts = release.attempts + 1;
  const due = (first: number, longest: number) => now() + backoffSeconds(attempts, first, longest) * 1000;
  if (error.passes === "soon" && attempts <= 5) ledger.releases.postpone(release.id, due(30, 900), error);
  else if (error.passes === "never") ledger.releases.failed(release.id, null, error);
  else ledger.releases.failed(release.id, due(300, 86_400), error);
  log({ event: "copy-failed", repository, chart: release.chart, version: release.version, code, message });
}

function pause({ ledger, now, log, repository }: Copying, error: UpstreamError): void {
  const failures = ledger.number("copy-failures") + 1;
  const seconds = Math.max(error.retryAfter ?? 0, backoffSeconds(failures, 30, 900));
  ledger.remember("copy-failures", failures);
  ledger.remember("copy-pause", now() + seconds * 1000);
  log({ event: "copying-paused", repository, seconds, code: error.code, message: error.message });
}
