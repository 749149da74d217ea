import { describe, expect, test } from "vitest";
import { cutOut, cutsWithin, lengthOf } from "../../src/edge/cut-out.ts";
import { editChart, type EditedChart, editsOf } from "../../src/edge/withdrawn-lines.ts";
import type { Contents } from "../../src/storage/contents.ts";
import { withdrawalOf } from "../support/withdrawing.ts";

const repository = "stable";
const versions = { alpha: ["2.0.0", "1.1.0-ř", "1.0.0"], beta: ["1.0.0"], gamma: ["3.0.0", "2.0.0"] };
const everything = Object.entries(versions).flatMap(([chart, list]) =>
  list.map((version) => ({ chart, version })),
);
const digestOf = (chart: string, version: string): string =>
  (chart.charCodeAt(0).toString(16) + version.charCodeAt(0).toString(16)).padEnd(63, "0") +
  version.length.toString(16);
const lineOf = (chart: string, version: string): string =>
  JSON.stringify({ name: chart, version, description: `${chart} "ž"`, digest: digestOf(chart, version) });

type Listed = (typeof everything)[number];

/** An index and its table of contents, as they are published. */
function published(listed: readonly Listed[]): { text: string; contents: Contents } {
  const contents: Contents = { charts: Object.create(null) };
  let text = '{"apiVersion":"v1","entries":{\n';
  for (const [chart, those] of Map.groupBy(listed, (one) => one.chart)) {
    text += `${text.endsWith("{\n") ? "" : ",\n"}${JSON.stringify(chart)}:[\n`;
    const lines = those.map(({ version }) => lineOf(chart, version)).join(",\n");
    contents.charts[chart] = {
      offset: size(text),
      length: size(lines),
      etag: "aa",
      registry: { offset: 0, length: 0 },
      versions: those.length,
      newest: those[0]?.version ?? "",
      description: `${chart} "ž"`,
    };
    text += `${lines}\n]`;
  }
  return { text: `${text}\n}}\n`, contents };
}

const size = (text: string): number => new TextEncoder().encode(text).byteLength;
const whole = published(everything);
const bytes = new TextEncoder().encode(whole.text);

async function* linesOf(chart: string): AsyncGenerator<string> {
  const { offset = 0, length = 0 } = whole.contents.charts[chart] ?? {};
  yield* new TextDecoder().decode(bytes.subarray(offset, offset + length)).split("\n");
}

async function edits(withdrawn: readonly Listed[]) {
  const edited: EditedChart[] = [];
  for (const [chart, those] of Map.groupBy(withdrawn, (one) => one.chart)) {
    const entries = those.map(({ version }) => withdrawalOf(repository, chart, version));
    const place = whole.contents.charts[chart];
    const found = place && (await editChart({ repository, chart }, place, linesOf(chart), entries));
    if (found !== undefined) edited.push(found);
  }
  return editsOf(whole.contents, edited, 7);
}

/** Text without cuts, where it comes in chunks of so many bytes. */
async function cut(cuts: Parameters<typeof cutOut>[0], from: Uint8Array, chunk: number): Promise<string> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < from.byteLength; at += chunk) controller.enqueue(from.slice(at, at + chunk));
      controller.close();
    },
  });
  return await new Response(stream.pipeThrough(cutOut(cuts))).text();
}

const subsets = Array.from({ length: 2 ** everything.length }, (_, bits) =>
  everything.filter((_one, at) => (bits & (2 ** at)) > 0),
);

test("without its cuts an index is the one that would be published, whatever is withdrawn", async () => {
  for (const withdrawn of subsets) {
    const left = published(everything.filter((one) => !withdrawn.includes(one)));
    const { cuts, contents } = await edits(withdrawn);
    expect(await cut(cuts, bytes, bytes.byteLength)).toBe(left.text);
    expect(bytes.byteLength - lengthOf(cutsWithin(cuts, { offset: 0, length: bytes.byteLength }))).toBe(
      size(left.text),
    );
    const told = ({ charts }: Contents) =>
      Object.entries(charts).map(([chart, { versions: count, newest }]) => [chart, count, newest]);
    expect(told(contents)).toEqual(told(left.contents));
  }
});

test.for([1, 2, 7, 64])("and that in whatever chunks it comes: of %d bytes", async (chunk) => {
  for (const withdrawn of subsets.filter((_, at) => at % 5 === 0)) {
    const { cuts } = await edits(withdrawn);
    expect(await cut(cuts, bytes, chunk)).toBe(
      published(everything.filter((one) => !withdrawn.includes(one))).text,
    );
  }
});

test("one chart's part loses the same lines", async () => {
  const { cuts } = await edits([everything[0], everything[2]].filter((one) => one !== undefined));
  const place = whole.contents.charts["alpha"];
  const range = { offset: place?.offset ?? 0, length: place?.length ?? 0 };
  const part = bytes.slice(range.offset, range.offset + range.length);
  expect(await cut(cutsWithin(cuts, range), part, 5)).toBe(lineOf("alpha", "1.1.0-ř"));
});

describe("a line is withdrawn", () => {
  const hex = digestOf("alpha", "1.0.0");
  test.for<[string, Parameters<typeof withdrawalOf>, string[]]>([
    ["by its version, in its repository", ["stable", "alpha", "1.0.0"], ["1.0.0"]],
    ["not by its version in another one", ["other", "alpha", "1.0.0"], []],
    ["by its digest, wherever", ["other", "alpha", "9.9.9", { digests: [hex] }], ["1.0.0"]],
    ["not because it speaks of something", ["stable", "alpha", 'alpha \\"ž\\"'], []],
    ["not by the beginning of its version", ["stable", "alpha", "1.0"], []],
  ])("%s", async ([, entry, gone]) => {
    const place = whole.contents.charts["alpha"] ?? { offset: 0, versions: 0 };
    const found = await editChart({ repository, chart: "alpha" }, place, linesOf("alpha"), [
      withdrawalOf(...entry),
    ]);
    expect(found?.left.versions ?? 3).toBe(3 - gone.length);
    const left = versions.alpha.filter((version) => !gone.includes(version));
    if (found !== undefined) {
      expect(found.newest.map(({ line }) => JSON.parse(line).version)).toEqual(left);
    }
  });
});
