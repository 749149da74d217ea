import { chartClosing, chartOpening, chartSeparator, lineSeparator } from "../helm/index-layout.ts";
import type { SentBody } from "../http/serve-representation.ts";
import type { Documents } from "../storage/current-revision.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { lengthLeft, openLines, rangeOf, readLines, sizeOf, type Selection } from "./view-lines.ts";
import type { Viewed } from "./viewed.ts";

/** Copied in one piece: that takes half the time of passing chunks on, and not much memory. */
const copiedBytes = 1024 * 1024;

/**
 * A body with something before and behind it. Where its length is known, the client is told, and a body that is
 * shorter or longer breaks the answer off in place of passing for a whole one.
 *
 * @param size in bytes, of all three together
 */
export function framed(
  { opening, closing }: Frame,
  body: ReadableStream<Uint8Array>,
  size?: number,
): ReadableStream<Uint8Array> {
  const [before, after] = [encoder.encode(opening), encoder.encode(closing)];
  return size === undefined
    ? body.pipeThrough(chunksBetween(before, after))
    : streamed(before, body, after, size);
}

/**
 * The same of what is in memory.
 *
 * @throws StorageUnavailable where it has another length than it should
 */
export function framedCopy(
  { opening, closing }: Frame,
  lines: Uint8Array,
  size: number,
): Uint8Array<ArrayBuffer> {
  const [before, after] = [encoder.encode(opening), encoder.encode(closing)];
  const whole = new Uint8Array(before.byteLength + lines.byteLength + after.byteLength);
  if (whole.byteLength !== size) throw new StorageUnavailable("A document has another length than it says.");
  whole.set(before);
  whole.set(lines, before.byteLength);
  whole.set(after, size - after.byteLength);
  return whole;
}

const encoder = new TextEncoder();

const chunksBetween = (before: Uint8Array, after: Uint8Array): TransformStream<Uint8Array, Uint8Array> =>
  new TransformStream({
    start: (controller) => controller.enqueue(before),
    flush: (controller) => controller.enqueue(after),
  });

/** The platform itself passes the body on. */
function streamed(
  before: Uint8Array,
  body: ReadableStream<Uint8Array>,
  after: Uint8Array,
  size: number,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(size);
  const pass = async (): Promise<void> => {
    const opening = writable.getWriter();
    await opening.write(before);
    opening.releaseLock();
    await body.pipeTo(writable, { preventClose: true });
    const closing = writable.getWriter();
    await closing.write(after);
    await closing.close();
  };
  pass().catch(() => undefined); // whoever reads sees it break off
  return readable;
}

/** What stands before and behind a selection of lines. */
export interface Frame {
  opening: string;
  closing: string;
}

/**
 * A part of the entity tags of what is framed: the lines are stored and have a tag, the frame is code, and
 * another program must not put other bytes under the same tag. FNV-1a, 32 bits.
 */
export function frameMark({ opening, closing }: Frame): string {
  const between = [chartOpening(""), lineSeparator, chartClosing, chartSeparator];
  const text = [opening, ...between, closing].join("\0");
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(36);
}

/** In bytes; `undefined` where only reading tells. */
export function framedSize(
  viewed: Viewed,
  selection: Selection,
  { opening, closing }: Frame,
): number | undefined {
  if (viewed.newest !== undefined) return undefined;
  return sizeOf(opening) + lengthLeft(viewed, rangeOf(viewed.revision, selection)) + sizeOf(closing);
}

/** @returns `undefined` where the revision's document is missing */
export async function openFramed(
  documents: Pick<Documents, "origin">,
  viewed: Viewed,
  selection: Selection,
  frame: Frame,
): Promise<SentBody | undefined> {
  const size = framedSize(viewed, selection, frame);
  if (size !== undefined && size <= copiedBytes) {
    const lines = await readLines(documents, viewed, selection);
    return lines && { body: framedCopy(frame, lines, size), size };
  }
  const lines = await openLines(documents, viewed, selection);
  if (lines === undefined) return undefined;
  const body = framed(frame, lines.body, size);
  return size === undefined ? { body } : { body, size };
}
