import { describe, expect, test } from "vitest";
import { framed, framedCopy } from "../../src/edge/framed.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";

const frame = { opening: "[ü", closing: "]" };
const around = new TextEncoder().encode(frame.opening + frame.closing).byteLength;
const bodyOf = (text: string) => new Blob([text]).stream();
const textOf = (body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>) => new Response(body).text();
const line = new TextEncoder().encode("line");
const lines = "line\n".repeat(500_000);

describe("a body", () => {
  test("stands between what comes before and behind it", async () => {
    expect(await textOf(framed(frame, bodyOf(lines), around + lines.length))).toBe(`[ü${lines}]`);
    expect(await textOf(framed(frame, bodyOf(lines)))).toBe(`[ü${lines}]`);
  });

  test.each([-1, 1])("with %i byte more than it should have breaks off", async (more) => {
    const body = framed(frame, bodyOf(lines), around + lines.length - more);
    await expect(textOf(body)).rejects.toThrow();
  });
});

describe("what is in memory", () => {
  test("is copied between what comes before and behind it", async () => {
    expect(await textOf(framedCopy(frame, line, around + 4))).toBe("[üline]");
  });

  test.each([-1, 1])("is no answer at all with %i byte more than it should have", (more) => {
    expect(() => framedCopy(frame, line, around + 4 - more)).toThrow(StorageUnavailable);
  });
});
