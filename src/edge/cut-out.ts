import type { ByteRange } from "../storage/documents.ts";

/** The cuts that lie in a part of the document, as they lie there. */
export const cutsWithin = (cuts: readonly ByteRange[], { offset, length }: ByteRange): ByteRange[] =>
  cuts.flatMap((cut) => {
    const begin = Math.max(cut.offset, offset);
    const end = Math.min(cut.offset + cut.length, offset + length);
    return begin < end ? [{ offset: begin - offset, length: end - begin }] : [];
  });

export const lengthOf = (cuts: readonly ByteRange[]): number =>
  cuts.reduce((sum, { length }) => sum + length, 0);

/** Passes on what is not cut out. @param cuts ascending, without overlaps */
export function cutOut(cuts: readonly ByteRange[]): TransformStream<Uint8Array, Uint8Array> {
  let at = 0;
  let next = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const end = at + chunk.byteLength;
      let from = at;
      for (let cut = cuts[next]; cut !== undefined && cut.offset < end; cut = cuts[next]) {
        if (cut.offset > from) controller.enqueue(chunk.subarray(from - at, cut.offset - at));
        from = Math.max(from, Math.min(cut.offset + cut.length, end));
        if (cut.offset + cut.length > end) break;
        next += 1;
      }
      if (from < end) controller.enqueue(chunk.subarray(from - at));
      at = end;
    },
  });
}
