import { chartClosing, chartOpening, chartSeparator, lineSeparator } from "../helm/index-layout.ts";
import type { Documents } from "../storage/current-revision.ts";
import type { OpenDocument } from "../storage/documents.ts";
import { openLines, rangeOf, sizeOf, type Selection } from "./view-lines.ts";
import type { Viewed } from "./viewed.ts";

/**
 * A body with something before and behind it. Where its length is known, it is kept: the platform then says it
 * to the client, and a body that is shorter or longer breaks the answer off in place of passing for a whole one.
 *
 * @param size in bytes, of all three together
 */
export function framed(
  opening: string,
  body: ReadableStream<Uint8Array>,
  closing: string,
  size?: number,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const whole = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(opening)),
      flush: (controller) => controller.enqueue(encoder.encode(closing)),
    }),
  );
  return size === undefined ? whole : whole.pipeThrough(new FixedLengthStream(size));
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
  return sizeOf(opening) + rangeOf(viewed.revision, selection).length + sizeOf(closing);
}

/** @returns `undefined` where the revision's document is missing */
export async function openFramed(
  documents: Pick<Documents, "origin">,
  viewed: Viewed,
  selection: Selection,
  frame: Frame,
): Promise<OpenDocument | undefined> {
  const lines = await openLines(documents, viewed, selection);
  if (lines === undefined) return undefined;
  const size = framedSize(viewed, selection, frame);
  const body = framed(frame.opening, lines.body, frame.closing, size);
  return size === undefined ? { body } : { body, size };
}
