import { expect, test } from "vitest";
import { newestIn, newestLines, type WantedLines } from "../../src/edge/newest-lines.ts";

const text = [
  '0"10"',
  '1{"version":"1.0.0"}',
  '0"alpha"',
  '1{"version":"2.0.0-rc.1"}',
  '1{"version":"1.1.0"}',
  '2{"version":"1.0.0","description":"0\\"beta\\" 1{}"}',
  'a{"version":"0.1.0"}',
  '0"že\\"ta"',
  '1{"version":"3.0.0"}',
  "",
].join("\n");

async function filtered(count: number, wanted: WantedLines, chunkSize: number, from = text): Promise<string> {
  const bytes = new TextEncoder().encode(from);
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.byteLength; at += chunkSize)
        controller.enqueue(bytes.slice(at, at + chunkSize));
      controller.close();
    },
  });
  return new Response(chunks.pipeThrough(newestLines(count, wanted))).text();
}

const ten = '"10":[\n{"version":"1.0.0"}\n]';
const alpha = '"alpha":[\n{"version":"2.0.0-rc.1"},\n{"version":"1.1.0"}\n]';
const second = '{"version":"1.0.0","description":"0\\"beta\\" 1{}"}';
const zeta = '"že\\"ta":[\n{"version":"3.0.0"}\n]';

test.for<[string, number, WantedLines, string]>([
  ["the newest of every chart", 1, {}, `${ten},\n${alpha},\n${zeta}`],
  ["more of them", 2, {}, `${ten},\n${alpha.slice(0, -2)},\n${second}\n],\n${zeta}`],
  [
    "ten, which is written as a letter",
    10,
    { charts: new Set(["alpha"]) },
    `${alpha.slice(0, -2)},\n${second},\n{"version":"0.1.0"}\n]`,
  ],
  ["some charts", 1, { charts: new Set(["10", 'že"ta']) }, `${ten},\n${zeta}`],
  ["no chart", 1, { charts: new Set() }, ""],
  ["no chart that there is", 1, { charts: new Set(["nothing"]) }, ""],
])("passes on %s, wherever the chunks end", async ([, count, wanted, expected]) => {
  for (const chunkSize of [1, 2, 3, 7, 64, 10_000]) {
    expect(await filtered(count, wanted, chunkSize)).toBe(expected);
  }
  const whole = newestIn(new TextEncoder().encode(text), count, wanted);
  expect(new TextDecoder().decode(whole)).toBe(expected);
});

test("makes nothing of an empty document, and leaves a chart without a line out", async () => {
  expect(await filtered(1, {}, 10, "")).toBe("");
  expect(await filtered(1, {}, 10, '0"none"\n2{}\n0"some"\n1{}\n')).toBe('"some":[\n{}\n]');
});

test("holds no line: what it passes on of a long one comes with the chunk that it came in", async () => {
  const stream = newestLines(1, {});
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const encode = (part: string) => new TextEncoder().encode(part);
  void writer.write(encode('0"alpha"\n1{'));
  expect((await reader.read()).value).toEqual(encode('"alpha":[\n{'));
  const long = new Uint8Array(256 * 1024).fill(97);
  void writer.write(long);
  expect((await reader.read()).value?.byteLength).toBe(long.byteLength);
  await reader.cancel();
});
