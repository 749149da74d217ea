import type {
  ArchiveDescription,
  ArchiveRange,
  ArchiveReader,
  OpenArchive,
  UnsatisfiableRange,
} from "./archives.ts";
import { StorageUnavailable } from "./storage-unavailable.ts";
import { within } from "./within.ts";

type ArchiveBucket = Pick<R2Bucket, "get" | "head">;

/**
 * Archives in R2, and only there.
 *
 * @param milliseconds how long R2 may take until the first byte
 * @throws StorageUnavailable, with what R2 threw as its cause
 */
export function r2Archives(bucket: ArchiveBucket, milliseconds: number): ArchiveReader {
  return {
    open: (key, range) => reading(milliseconds, open(bucket, key, range), release),
    describe: (key) => reading(milliseconds, describe(bucket, key), () => undefined),
  };
}

async function reading<T>(milliseconds: number, work: Promise<T>, discard: (late: T) => void): Promise<T> {
  try {
    return await within(milliseconds, work, discard);
  } catch (cause) {
    throw new StorageUnavailable("R2 could not be read.", { cause });
  }
}

async function open(
  bucket: ArchiveBucket,
  key: string,
  range: ArchiveRange | undefined,
): Promise<OpenArchive | UnsatisfiableRange | undefined> {
  try {
    const object = await bucket.get(key, range === undefined ? {} : { range });
    if (object === null) return undefined;
    const whole = { kind: "open", body: object.body, ...descriptionOf(object) } as const;
    return range === undefined ? whole : { ...whole, range: partOf(range, object.size) };
  } catch (error) {
    if (range === undefined) throw error;
    // R2 refuses a range behind the end without saying where the end is. Only then a second read is made.
    const found = await bucket.head(key);
    if (found === null) return undefined;
    if (partOf(range, found.size).length > 0) throw error;
    return { kind: "unsatisfiable", size: found.size };
  }
}

/** The part of an object of this size that a range means (RFC 9110, section 14.1.2). */
function partOf(range: ArchiveRange, size: number): { offset: number; length: number } {
  if ("suffix" in range) {
    const length = Math.min(range.suffix, size);
    return { offset: size - length, length };
  }
  const offset = Math.min(range.offset, size);
  return { offset, length: Math.min(range.length ?? size, size - offset) };
}

async function describe(bucket: ArchiveBucket, key: string): Promise<ArchiveDescription | undefined> {
  const object = await bucket.head(key);
  return object === null ? undefined : descriptionOf(object);
}

const descriptionOf = ({ size, uploaded, etag, customMetadata = {} }: R2Object): ArchiveDescription => ({
  size,
  uploaded,
  etag,
  metadata: customMetadata,
});

function release(late: OpenArchive | UnsatisfiableRange | undefined): void {
  if (late?.kind === "open") void late.body.cancel();
}
