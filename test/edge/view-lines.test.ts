import { describe, expect, test } from "vitest";
import { chartsInOrder, placeOf, rangeOf } from "../../src/edge/view-lines.ts";
import { layoutIndex } from "../../src/helm/index-layout.ts";
import { parseContents } from "../../src/storage/stored-json.ts";

const names = ["-a", "10", "9", "__proto__", "constructor", "žluť"];
const lines = names.map((chart) => ({ chart, versions: 2, bytes: 2 * chart.length }));
const { bytes, ranges } = layoutIndex(lines);
const text = `{"apiVersion":"v1","entries":{\n${names
  .map((name) => `${JSON.stringify(name)}:[\n${"x".repeat(name.length)},\n${"x".repeat(name.length)}\n]`)
  .join(",\n")}\n}}\n`;
const index = new TextEncoder().encode(text);
const place = { etag: "0a", registry: { offset: 0, length: 0 }, versions: 2, newest: "1.0.0" };
const entries = ranges.map(
  ({ chart, offset, length }) => `${JSON.stringify(chart)}:${JSON.stringify({ offset, length, ...place })}`,
);
const contents = parseContents(`{"charts":{${entries.join(",")}}}`);
if (contents === undefined) throw new Error("no contents");
const revision = { revision: "0a", publishedAt: "", bytes, gzipBytes: 0 };
const cut = ({ offset, length }: { offset: number; length: number }) =>
  new TextDecoder().decode(index.subarray(offset, offset + length));

test("chartsInOrder has the order of the index, where a parsed object begins with its numbers", () => {
  expect(chartsInOrder(contents)).toEqual(names);
  expect(Object.keys(contents.charts)).not.toEqual(names);
});

describe("rangeOf", () => {
  test("all is what stands between opening and closing", () => {
    expect(bytes).toBe(index.byteLength);
    expect(cut(rangeOf(revision, { kind: "all" }))).toBe(text.slice(text.indexOf('"-a"'), -4));
  });

  test("charts are one part, names and brackets included", () => {
    const range = rangeOf(revision, { kind: "charts", names: names.slice(1, 5), contents });
    const part = cut(range);
    expect(part).toBe(text.slice(text.indexOf('"10"'), text.indexOf(',\n"žluť"')));
    expect(rangeOf(revision, { kind: "charts", names, contents })).toEqual(
      rangeOf(revision, { kind: "all" }),
    );
    expect(rangeOf(revision, { kind: "charts", names: [], contents }).length).toBe(0);
  });

  test.for(names)("the lines of %s are without them", (chart) => {
    const found = placeOf(contents, chart);
    if (found === undefined) throw new Error("no place");
    const line = "x".repeat(chart.length);
    expect(cut(rangeOf(revision, { kind: "lines", place: found }))).toBe(`${line},\n${line}`);
  });
});

test("placeOf finds no chart that is not listed, whatever it is called", () => {
  const empty = { charts: {} };
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty", ""]) {
    expect(placeOf(empty, name)).toBeUndefined();
  }
});
