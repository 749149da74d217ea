import { describe, expect, test } from "vitest";
import { collectEntries, roomy, summary, usable } from "./collect-entries.ts";

const plain = `apiVersion: v1
entries:
  one:
  - name: one
    urls:
    - one-1.0.0.tgz
    version: 1.0.0
  - name: one
    urls:
    - one-0.9.0.tgz
    version: 0.9.0
  two:
  - name: two
    urls:
    - two-3.0.0.tgz
    version: 3.0.0
generated: "2021-01-01T00:00:00Z"
`;
const all = ["one 1.0.0", "one 0.9.0", "two 3.0.0"];

/** The same index with charts, items and fields in other columns. */
function indented(chart: number, item: number, field: number): string {
  const [c, i, f] = [chart, item, field].map((column) => " ".repeat(column));
  return plain
    .replace(/^ {4}(?=\S)/gm, `${f}`)
    .replace(/^ {2}- /gm, `${i}-${" ".repeat(field - item - 1)}`)
    .replace(/^ {2}(?=\w+:$)/gm, `${c}`);
}

describe("block style", () => {
  test.each<[string, string]>([
    ["as Helm writes it", plain],
    ["with items indented under their key", indented(2, 4, 6)],
    ["indented by one", indented(1, 1, 3)],
    ["indented by four", indented(4, 8, 12)],
    ["with wide dashes", indented(2, 2, 7)],
    ["with Windows line breaks", plain.replaceAll("\n", "\r\n")],
    ["with a byte order mark", `\ufeff${plain}`],
    ["between document marks", `# written by hand\n---\n${plain}...\n`],
    ["with a second document, which Helm does not read", `${plain}---\nentries: {three: [{}]}\n`],
    ["with comments and blank lines everywhere", plain.replace(/$/gm, "\n\n# x\n   # y\n")],
    [
      "with quoted keys",
      plain.replace("  one:", '  "one":').replace("  two:", "  'two':").replace("entries", '"entries"'),
    ],
    [
      "with a comment behind a key",
      plain.replace("  one:", "  one: # the first").replace("entries:", "entries: # all"),
    ],
    [
      "with generated and serverInfo first",
      `serverInfo:\n  contextPath: /x\ngenerated: x\n${plain.replace(/^generated.*\n/m, "")}`,
    ],
    ["with apiVersion last", `${plain.replace("apiVersion: v1\n", "")}apiVersion: v1\n`],
    [
      "with lists and texts at the top level",
      `publicKeys:\n- a\n- b\nannotations:\n  a: |\n    entries:\n${plain}`,
    ],
    ["with charts that have no versions", plain.replace("  two:", "  none: []\n  nil:\n  null1: ~\n  two:")],
    ["with null entries", plain.replace("  two:", "  - null\n  -\n  - ~ # gone\n  two:")],
    ["with a null below its dash", plain.replace("  two:", "  -\n\n    null\n  two:")],
    ["with a null before much text", plain.replace("  two:", `  - null\n  # ${"x".repeat(200)}\n  two:`)],
    ["with a null behind a tag", plain.replace("  two:", "  - !!null\n  two:")],
    ["with dashes on lines of their own", plain.replaceAll("  - name", "  -\n    name")],
    ["without a line break at the end", plain.trimEnd()],
    ["with nothing behind the entries", plain.replace(/^generated.*\n/m, "")],
    ["with neither", plain.replace(/\ngenerated.*\n/m, "")],
  ])("is read %s", async (_name, text) => {
    const collected = await collectEntries(text);
    expect(collected.outcome).toMatchObject({ kind: "complete", entries: 3 });
    expect(summary(collected)).toEqual(all);
    expect(collected.restarts).toBe(0);
  });

  test("is not misled by texts that look like structure", async () => {
    const text = plain.replace(
      "    version: 0.9.0\n",
      `    version: 0.9.0
    description: "a quote
      - name: three
      two:
      generated: x"
    annotations:
      a: |
        - name: four
        entries:
        <<<<<<< HEAD
      b: 'text

        - x:'
      c: >-
        two:
        - name: five
`,
    );
    const collected = await collectEntries(text);
    expect(summary(collected)).toEqual(all);
    expect(usable(collected)[1]?.description).toBe("a quote - name: three two: generated: x");
  });

  test("says whether something follows the entries", async () => {
    expect((await collectEntries(plain)).outcome).toMatchObject({ closed: true });
    const open = `generated: x\n${plain.replace(/^generated.*\n/m, "")}`;
    expect((await collectEntries(open)).outcome).toMatchObject({ closed: false });
    expect((await collectEntries(`${open}...\n`)).outcome).toMatchObject({ closed: true });
  });

  test.each(["entries: {}", "entries:", "entries: null", "entries: ~ # none yet"])(
    "is complete with no entries: %s",
    async (line) => {
      for (const text of [
        `apiVersion: v1\n${line}\ngenerated: x\n`,
        `${line}\napiVersion: v1`,
        `apiVersion: v1\n${line}`,
      ]) {
        expect((await collectEntries(text)).outcome).toMatchObject({ kind: "complete", entries: 0 });
      }
    },
  );

  test("costs one bad entry only that entry", async () => {
    const collected = await collectEntries(plain.replace("version: 0.9.0", "version: [oops"));
    expect(collected.outcome).toMatchObject({ kind: "complete", entries: 3 });
    expect(summary(collected)).toEqual(["one 1.0.0", "one: bad-entry", "two 3.0.0"]);
  });

  test("leaves the duplicates of a version to the visitor, each entry on its own", async () => {
    const twice = plain.replace("version: 0.9.0", "version: 1.0.0");
    expect(summary(await collectEntries(twice))).toEqual(["one 1.0.0", "one 1.0.0", "two 3.0.0"]);
  });
});

describe("odd styles are read as a whole", () => {
  const merged = `apiVersion: v1
base: &base
  urls: [x.tgz]
entries:
  one:
  - <<: *base
    version: 1.0.0
  - <<: *base
    version: 0.9.0
  two:
  - { version: 3.0.0, urls: [two.tgz] }
`;
  test.each<[string, string]>([
    [
      "flow style",
      '{apiVersion: v1, entries: {one: [{version: 1.0.0, urls: [a]}, {version: 0.9.0, urls: [a]}], "two": [{version: 3.0.0, urls: [b]}]}}',
    ],
    [
      "a flow list under a chart",
      plain
        .replace("  two:\n", "  two: [\n")
        .replace(
          "  - name: two\n    urls:\n    - two-3.0.0.tgz\n    version: 3.0.0\n",
          "    {version: 3.0.0, urls: [a]}]\n",
        ),
    ],
    ["anchors used in other entries", merged],
    ["explicit keys", plain.replace("  two:\n", "  ? two\n  :\n")],
    ["tags", plain.replace("entries:", "entries: !!map")],
    ["an indented document", plain.replace(/^(?=.)/gm, "  ")],
    ["a YAML directive", `%YAML 1.1\n---\n${plain}`],
    [
      "charts in odd columns",
      plain
        .replace("  one:\n", "    one:\n")
        .replaceAll("  - name: one", "    - name: one")
        .replace(/^ {4}(urls|version)/gm, "      $1")
        .replace(/^ {4}- one/gm, "      - one")
        .replace(/ {2}two:[^]*(?=generated)/, "    two:\n    - {version: 3.0.0, urls: [a]}\n"),
    ],
  ])("%s", async (_name, text) => {
    const collected = await collectEntries(text);
    expect(collected.outcome).toMatchObject({ kind: "complete", entries: 3 });
    expect(summary(collected)).toEqual(all);
  });

  test("and say that everything before is void", async () => {
    const collected = await collectEntries(merged);
    expect(collected.restarts).toBe(1);
    expect(new Set(collected.fingerprints).size).toBe(3);
  });

  test("with fingerprints that are the same at the next reading", async () => {
    const [first, second] = [await collectEntries(merged), await collectEntries(`${merged}generated: y\n`)];
    expect(second.fingerprints).toEqual(first.fingerprints);
  });

  test("unless they are too large for that: then they are refused", async () => {
    const limits = { ...roomy, fallbackBytes: 100 };
    for (const chunkSize of [50, 1000]) {
      const collected = await collectEntries(merged, { limits, chunkSize });
      expect(collected.outcome).toMatchObject({ kind: "unusable", code: "too-odd" });
      expect(collected.cancelled).toBe(true);
    }
  });

  test("and one chart that has no list costs only itself", async () => {
    const collected = await collectEntries(plain.replace("  two:\n", "  bad: {a: b}\n  two:\n"));
    expect(summary(collected)).toEqual(["one 1.0.0", "one 0.9.0", "bad: bad-entry", "two 3.0.0"]);
  });

  test("and aliases cannot make them explode", async () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}x]`,
    );
    const text = `apiVersion: v1\nl0: &l0 [x]\n${levels.join("\n")}\nentries:\n  a: *l9\n`;
    expect((await collectEntries(text)).outcome).toMatchObject({ kind: "unusable", code: "malformed" });
  });
});

describe("an entry that is too large", () => {
  const limits = { ...roomy, entryBytes: 5000 };
  const large = plain.replace("  - name: two", `  - name: two\n    icon: data:${"A".repeat(20_000)}`);

  test.each([1, 100, 65_536])("is dropped alone, in chunks of %i bytes", async (chunkSize) => {
    const collected = await collectEntries(large, { limits, chunkSize });
    expect(collected.outcome).toMatchObject({ kind: "complete", entries: 3 });
    expect(summary(collected)).toEqual(["one 1.0.0", "one 0.9.0", "two: entry-too-large"]);
  });

  test("has the same fingerprint whatever the chunks, and another one at another length", async () => {
    const [whole, small, longer] = [
      await collectEntries(large, { limits }),
      await collectEntries(large, { limits, chunkSize: 999 }),
      await collectEntries(large.replace("AAA", "AAAA"), { limits }),
    ];
    expect(small.fingerprints).toEqual(whole.fingerprints);
    expect(longer.fingerprints[2]).not.toBe(whole.fingerprints[2]);
  });
});

describe("fingerprints", () => {
  test("are equal for equal text under the same chart only", async () => {
    const [entry] = /^ {2}- name: two[^]*3\.0\.0\n/m.exec(plain) ?? [""];
    const text = plain.replace("generated", `${entry}  three:\n${entry}generated`);
    const { fingerprints } = await collectEntries(text);
    expect(fingerprints).toHaveLength(5);
    expect(fingerprints[3]).toBe(fingerprints[2]);
    expect(new Set(fingerprints).size).toBe(4);
    expect(fingerprints.every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
  });

  test("change with any one bit of the text", async () => {
    const seen = new Set<number>();
    const original = "abcdefghijklmnopqrstuvwxyz012345";
    for (let at = 0; at < original.length; at += 1) {
      for (const letter of "ABCDEFGH~!") {
        const description = original.slice(0, at) + letter + original.slice(at + 1);
        const { fingerprints } = await collectEntries(
          plain.replace("name: two", `description: ${description}`),
        );
        seen.add(fingerprints[2] ?? -1);
      }
    }
    expect(seen.size).toBe(320);
  });
});

test("the size of the chunks changes nothing", async () => {
  const whole = await collectEntries(plain);
  for (const chunkSize of [1, 2, 7, 64]) expect(await collectEntries(plain, { chunkSize })).toEqual(whole);
});

test("a visitor that has had enough stops the reading and the stream", async () => {
  const collected = await collectEntries(plain, { stopAfter: 1, chunkSize: 10 });
  expect(collected.outcome).toEqual({ kind: "stopped" });
  expect(summary(collected)).toEqual(["one 1.0.0"]);
  expect(collected.cancelled).toBe(true);
});

test("texts made to slow down a pattern hardly slow down the reading", async () => {
  const slow = [
    `  - ${"#".repeat(70)}\n    x: y\n`,
    `  - x: "${"\n    a".repeat(50_000)}"\n`,
    `  one${" ".repeat(200_000)}: # x\n`,
    `  two: a${" ".repeat(200_000)}b\n`,
    `  - urls: ["${"?".repeat(200_000)}\\n"]\n`,
  ];
  const started = performance.now();
  for (const lines of slow) await collectEntries(`apiVersion: v1\nentries:\n  hardly:\n${lines}`);
  expect(performance.now() - started).toBeLessThan(5000);
});
