import { expect, test } from "vitest";
import { requestedRange } from "../../src/http/byte-range.ts";
import type { ArchiveRange } from "../../src/storage/archives.ts";

const etag = `"abc"`;

test.for<[Record<string, string>, ArchiveRange | undefined]>([
  [{}, undefined],
  [{ Range: "bytes=0-0" }, { offset: 0, length: 1 }],
  [{ Range: "bytes=5-9" }, { offset: 5, length: 5 }],
  [{ Range: "bytes=5-" }, { offset: 5 }],
  [{ Range: "bytes=-5" }, { suffix: 5 }],
  [{ Range: "bytes=-0" }, { suffix: 0 }],
  [{ Range: "BYTES=1-2" }, { offset: 1, length: 2 }],
  [{ Range: "bytes= 1-2 " }, { offset: 1, length: 2 }],
  [{ Range: "bytes=9-5" }, undefined],
  [{ Range: "bytes=-" }, undefined],
  [{ Range: "bytes=" }, undefined],
  [{ Range: "bytes=a-b" }, undefined],
  [{ Range: "bytes=1-2,4-5" }, undefined],
  [{ Range: "bytes=1.5-2" }, undefined],
  [{ Range: "bytes=--5" }, undefined],
  [{ Range: "lines=1-2" }, undefined],
  [{ Range: "bytes=0-99999999999999999999" }, undefined],
  [
    { Range: "bytes=1-2", "If-Range": etag },
    { offset: 1, length: 2 },
  ],
  [{ Range: "bytes=1-2", "If-Range": `W/${etag}` }, undefined],
  [{ Range: "bytes=1-2", "If-Range": `"other"` }, undefined],
  [{ Range: "bytes=1-2", "If-Range": "Fri, 20 Nov 2026 10:11:12 GMT" }, undefined],
])("%j asks for %j", ([headers, range]) => {
  expect(requestedRange(new Headers(headers), etag)).toEqual(range);
});
