import type { DocumentReader } from "./documents.ts";

/** Documents as they were written, strongly consistent, in one region. */
export function r2Documents(bucket: Pick<R2Bucket, "get">): DocumentReader {
  return {
    async open(key, range) {
      const object = await bucket.get(key, range === undefined ? {} : { range });
      if (object === null) return undefined;
      const size = range === undefined ? object.size : Math.min(range.length, object.size - range.offset);
      return { body: object.body, size };
    },
    text: async (key) => await (await bucket.get(key))?.text(),
    async bytes(key, range) {
      const object = await bucket.get(key, { range });
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
    },
  };
}
