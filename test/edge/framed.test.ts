import { describe, expect, test } from "vitest";
import { framed } from "../../src/edge/framed.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";

const frame = { opening: "[ü", closing: "]" };
const around = new TextEncoder().encode(frame.opening + frame.closing).byteLength;
const bodyOf = (text: string) => new Blob([text]).stream();
const textOf = async (body: Awaited<ReturnType<typeof framed>>) => new Response(body).text();

describe.each([
  ["short", "line"],
  ["long", "line\n".repeat(500_000)],
])("a %s body", (_name, lines) => {
  test("stands between what comes before and behind it", async () => {
    const size = around + lines.length;
    expect(await textOf(await framed(frame, bodyOf(lines), size))).toBe(`[ü${lines}]`);
    expect(await textOf(await framed(frame, bodyOf(lines)))).toBe(`[ü${lines}]`);
  });
});

test.each([-1, 1])("a short body with %i byte more is no answer at all", async (more) => {
  const answer = framed(frame, bodyOf("line"), around + "line".length - more);
  await expect(answer).rejects.toThrow(StorageUnavailable);
});

test.each([-1, 1])("a long body with %i byte more breaks off", async (more) => {
  const lines = "line\n".repeat(500_000);
  const answer = await framed(frame, bodyOf(lines), around + lines.length - more);
  await expect(textOf(answer)).rejects.toThrow();
});
