import { readIndex } from "../helm/read-index.ts";
import type { UnmeasuredUpload, UploadBucket } from "../storage/unmeasured-upload.ts";
import { uploadUpstreamIndex } from "../storage/upstream-index.ts";
import type { HttpRepository, Validators } from "../upstream/http-repository.ts";
import type { CheckOutcome } from "./check.ts";
import { IndexPass, type PassParts } from "./read.ts";
import { type Outage, judge } from "./reconcile.ts";
import { forgetSummary } from "./report.ts";

/** An entry larger than this is dropped; the largest real ones carry 31 kB icons. */
const entryBytes = 256 * 1024;
/** How large a document in an odd style may be, to be parsed in one piece: `yaml` needs forty times that. */
const fallbackBytes = 1024 * 1024;

/** Each pass over an index goes on behind what the passes before it have read, unless its text changes every time. */
const unsteady: Outage = {
  code: "unsteady",
  message:
    "the index is another text at every request, so it cannot be read in several steps; a larger budget of entries reads it in one",
};

export interface IndexCheck extends PassParts {
  repository: string;
  bucket: UploadBucket;
  upstream: HttpRepository;
}

/** An index as it arrives, and by what it is known again. */
export interface ArrivingIndex {
  body: AsyncIterable<Uint8Array>;
  validators: Validators;
  /** A larger one is refused. */
  maxBytes: number;
  /** Our own document: its entries never change, however many are added from pass to pass. */
  isOwn?: boolean;
  /** Keeps the text as it came, once it is found good. */
  copy?: UnmeasuredUpload | undefined;
}

/**
 * Asks an HTTP repository for its index, in one conditional request, and takes in what is new.
 *
 * The text is kept as it came. Not where reading it takes several passes: the check that follows asks without
 * conditions then, knows every entry, and keeps it.
 */
export async function checkIndex(check: IndexCheck): Promise<CheckOutcome> {
  const { repository, bucket, source, row, config, now } = check;
  const answer = await check.upstream.index({ etag: row.etag, lastModified: row.last_modified });
  if (answer.kind === "unchanged") return { kind: "unchanged" };
  const arriving = { body: answer.body, maxBytes: config.limits.indexBytes };
  if (row.came > 0) {
    return await takeInIndex(check, { ...arriving, validators: { etag: null, lastModified: null } });
  }
  const about = { url: source.url, fetchedAt: new Date(now).toISOString() };
  const copy = await uploadUpstreamIndex(bucket, repository, about);
  return await takeInIndex(check, { ...arriving, validators: answer.validators, copy });
}

/** Reads an index and takes in what is new; of one that is too much for this unit, a part. */
export async function takeInIndex(check: PassParts, index: ArrivingIndex): Promise<CheckOutcome> {
  const { ledger, row, now } = check;
  forgetSummary(ledger);
  const pass = new IndexPass(check);
  const limits = { indexBytes: index.maxBytes, entryBytes, fallbackBytes };
  const { copy } = index;
  const body = copy === undefined ? index.body : copied(index.body, copy);
  const outcome = await readIndex(body, limits, pass);
  if (outcome.kind === "stopped" && (pass.seen > row.came || index.isOwn === true)) {
    await copy?.discard();
    ledger.sources.cameTo(row.id, pass.seen);
    return { kind: "unfinished" };
  }
  const outage =
    outcome.kind === "stopped"
      ? unsteady
      : outcome.kind === "unusable"
        ? { code: outcome.code, message: outcome.message }
        : judge(
            { usable: pass.usable, dropped: pass.dropped, closed: outcome.closed },
            { entries: row.entries, closed: row.closed === 1 },
          );
  if (outage !== undefined) {
    await copy?.discard();
    forgetUnconfirmed(check);
    return { kind: "failed", outage };
  }
  await copy?.finish();
  ledger.transaction(() => {
    pass.confirm();
    ledger.sources.confirm(row.id, now, {
      read: row.confirmed + 1,
      validators: index.validators,
      entries: pass.usable,
      closed: outcome.kind === "complete" && outcome.closed,
    });
  });
  return { kind: "changed", usable: pass.usable, dropped: pass.dropped };
}

/** The body as it comes, each chunk valid until the next one is asked for. */
async function* copied(
  body: AsyncIterable<Uint8Array>,
  copy: UnmeasuredUpload,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of body) {
      await copy.write(chunk);
      yield chunk;
    }
  } catch (error) {
    await copy.discard();
    throw error;
  }
}

/** The document is at fault: what it showed proves nothing. After a mere outage the next pass goes on from there. */
function forgetUnconfirmed({ ledger, row, now }: PassParts): void {
  ledger.transaction(() => {
    const releases = ledger.sightings.forgetUnconfirmed(row.id, row.confirmed);
    ledger.vanished(releases, now);
    ledger.sources.cameTo(row.id, 0);
  });
}
