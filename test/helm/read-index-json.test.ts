import { describe, expect, test } from "vitest";
import { collectEntries, roomy, summary, usable } from "./collect-entries.ts";

const index = {
  serverInfo: { contextPath: '/"x\\"', list: [1, [2, { a: "]}" }]] },
  apiVersion: "v1",
  entries: {
    one: [
      {
        name: "one",
        version: "1.0.0",
        urls: ["one-1.0.0.tgz"],
        description: 'brackets ]}[{ "quoted" \\ é\u2028',
      },
      null,
      { name: "one", version: "0.9.0", urls: ["one-0.9.0.tgz"], annotations: { a: "]", b: '"' } },
    ],
    none: [],
    nil: null,
    'odd "key" \u00e9': [{ version: "3.0.0", urls: ["x.tgz"] }],
  },
  generated: "2021-01-01T00:00:00Z",
};
const all = ["one 1.0.0", "one 0.9.0", 'odd "key" é 3.0.0'];

describe("JSON", () => {
  test.each([
    ["compact", JSON.stringify(index)],
    ["indented", JSON.stringify(index, null, 2)],
    [
      "indented by tabs, with Windows line breaks",
      JSON.stringify(index, null, "\t").replaceAll("\n", "\r\n"),
    ],
    ["one entry a line", JSON.stringify(index).replaceAll(',{"name"', ',\n{"name"')],
    ["behind blanks and with a line break at the end", `\n  ${JSON.stringify(index)}\n`],
    ["behind a byte order mark", `\ufeff${JSON.stringify(index)}`],
  ])("is split into its entries: %s", async (_name, text) => {
    for (const chunkSize of [1, 7, 65_536]) {
      const collected = await collectEntries(text, { chunkSize });
      expect(collected.outcome).toEqual({ kind: "complete", entries: 3, closed: true });
      expect(summary(collected)).toEqual(all);
      expect(usable(collected)[0]?.description).toBe(index.entries.one[0]?.description);
      expect(collected.restarts).toBe(0);
    }
  });

  test("is never read as a whole, whatever its size", async () => {
    const collected = await collectEntries(JSON.stringify(index), {
      limits: { ...roomy, fallbackBytes: 1 },
      chunkSize: 9,
    });
    expect(summary(collected)).toEqual(all);
  });

  test.each(['{"apiVersion":"v1","entries":{}}', '{"entries":null,"apiVersion":"v1"}'])(
    "is complete with no entries: %s",
    async (text) => {
      expect((await collectEntries(text)).outcome).toEqual({ kind: "complete", entries: 0, closed: true });
    },
  );

  test("is truncated wherever it is cut", async () => {
    const text = JSON.stringify(index);
    for (let end = 1; end < text.length; end += 1) {
      const { outcome } = await collectEntries(text.slice(0, end));
      expect(outcome).toMatchObject({ kind: "unusable", code: "truncated" });
    }
  });

  test("is refused when anything stands behind it", async () => {
    const { outcome } = await collectEntries(`${JSON.stringify(index)}{}`);
    expect(outcome).toMatchObject({ kind: "unusable", code: "malformed" });
  });

  test("drops only the entry that is broken", async () => {
    const text = JSON.stringify(index).replace('"0.9.0"', '"0.9.0"x');
    expect(summary(await collectEntries(text))).toEqual(["one 1.0.0", "one: bad-entry", 'odd "key" é 3.0.0']);
  });

  test("takes an entry in YAML's flow style, as Helm does", async () => {
    const text = JSON.stringify(index).replace('"0.9.0"', "0.9.0 ");
    expect(summary(await collectEntries(text))).toEqual(all);
  });

  test.each([
    ["a quote in a comment", '#"'],
    ["a bracket in a comment", "x # {["],
    ["a bracket in single quotes", "'[{'"],
    ["a quote in single quotes", "'\"'"],
    ["a quote inside a word", 'a"b'],
  ])("shows no entry under another chart's key because one before it has %s", async (_name, yaml) => {
    const text = JSON.stringify(
      {
        apiVersion: "v1",
        entries: {
          one: [{ version: "1.0.0", urls: ["a"], description: "here" }],
          two: [
            { version: "2.0.0", urls: ["b"], description: 'a "' },
            { version: "3.0.0", urls: ["c"], description: "}]}] {" },
            { version: "4.0.0", urls: ["d"] },
          ],
        },
      },
      null,
      1,
    ).replace('"here"', yaml);
    for (const chunkSize of [1, 65_536]) {
      expect(summary(await collectEntries(text, { chunkSize }))).toEqual([
        "one 1.0.0",
        "two 2.0.0",
        "two 3.0.0",
        "two 4.0.0",
      ]);
    }
  });

  test("drops only the entry that is too large", async () => {
    const text = JSON.stringify(index).replace('"brackets', `"${"x".repeat(10_000)}`);
    for (const chunkSize of [10, 100_000]) {
      const collected = await collectEntries(text, { limits: { ...roomy, entryBytes: 5000 }, chunkSize });
      expect(summary(collected)).toEqual(["one: entry-too-large", ...all.slice(1)]);
    }
  });

  test("passes over large values that are no entries", async () => {
    const text = JSON.stringify({ ...index, serverInfo: "x".repeat(50_000) });
    const limits = { indexBytes: 100_000, entryBytes: 1000, fallbackBytes: 1000 };
    expect(summary(await collectEntries(text, { limits, chunkSize: 500 }))).toEqual(all);
  });

  test("is refused with entries twice: one of the two would be lost", async () => {
    const { outcome } = await collectEntries('{"apiVersion":"v1","entries":{},"entries":{}}');
    expect(outcome).toMatchObject({ kind: "unusable", code: "malformed" });
  });
});
