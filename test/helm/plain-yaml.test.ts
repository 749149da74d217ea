import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { entryBounds, parseYaml } from "../../src/helm/full-yaml.ts";
import { parsePlainYaml } from "../../src/helm/plain-yaml.ts";

const plain = [
  ["plain scalars by their source text", "- a: 1.10\n  b: yes\n  c: 0x1F\n  d: 2020-01-01\n", "1.10"],
  ["nulls", "- a:\n  b: ~\n  c: null\n  d: NULL # none\n", null],
  [
    "lists under their key and deeper",
    "- a:\n  - x\n  - y: z\n    w: v\n  b:\n    - x\n    -\n    - y\n",
    [
      "x",
      new Map([
        ["y", "z"],
        ["w", "v"],
      ]),
    ],
  ],
  ["folded plain lines", "- a: one\n    two\n\n    three\n  b: c\n", "one two\nthree"],
  ["a value on the next line", "- a:\n    one\n    two\n  b: c\n", "one two"],
  ["single quotes", "- a: 'it''s # not: a comment'\n", "it's # not: a comment"],
  ["single quotes over lines", "- a: 'one \n\n    two\n    three'\n", "one\ntwo three"],
  ["double quotes with escapes", '- a: "\\t\\"\\x41\\u00e9\\U0001F600\\\\ \\/"\n', '\t"Aé😀\\ /'],
  ["double quotes over lines", '- a: "one\n    two \\\n    three\\\n    \\ four"\n', "one two three four"],
  ["literal blocks", "- a: |\n    one\n      two\n\n    three\n\n  b: c\n", "one\n  two\n\nthree\n"],
  ["literal blocks without the last line break", "- a: |-\n    one\n    # two\n\n", "one\n# two"],
  [
    "folded blocks",
    "- a: >\n    one\n    two\n\n    three\n      deeper\n    four\n",
    "one two\nthree\n  deeper\nfour\n",
  ],
  ["literal blocks that begin with a space", "- a: |2-\n     one\n    two\n  b: c\n", " one\ntwo"],
  ["empty collections", "- a: [] # none\n  b: {}\n", []],
  ["comments between all lines", "# x\n- a: b # c\n# y\n  # z\n  c: d\n", "b"],
  ["Windows line breaks", "- a: |\r\n    one\r\n    two\r\n  b: c\r\n", "one\ntwo\n"],
  ["colons and hashes inside words", "- a: http://x:80/#y\n", "http://x:80/#y"],
] as const;

const notPlain = [
  ["an anchor", "- a: &x b\n"],
  ["an alias", "- a: *x\n"],
  ["a tag", "- a: !!str b\n"],
  ["a flow list", "- a: [b]\n"],
  ["a flow map", "- a: {b: c}\n"],
  ["a tab", "- a:\tb\n"],
  ["a key with spaces", "- a b: c\n"],
  ["a quoted key", '- "a": c\n'],
  ["a merge key", "- <<: *x\n"],
  ["an explicit key", "- ? a\n  : b\n"],
  ["a key twice", "- a: b\n  a: c\n"],
  ["a key within a value", "- a: b: c\n"],
  ["odd indentation", "- a: b\n   c: d\n"],
  ["kept line breaks", "- a: |+\n    b\n\n"],
  ["an indentation indicator of a folded block", "- a: >2\n     b\n"],
  ["an unfinished quote", '- a: "b\n'],
  ["a quote that goes on at the left", '- a: "b\nc"\n'],
  ["text behind a quote", '- a: "b" c\n'],
  ["an unknown escape", '- a: "\\q"\n'],
  ["a list in a list's line", "- - a\n"],
  ["a second document", "- a: b\n---\n- c\n"],
  ["a map", "a: b\n"],
  ["nothing", "\n"],
] as const;

describe("parsePlainYaml", () => {
  test.each(plain)("reads %s as the full parser does", (_name, text, first) => {
    const parsed = parsePlainYaml(text);
    const full = parseYaml(text, entryBounds);
    expect(full).toEqual({ ok: true, value: parsed });
    const [item] = parsed ?? [];
    expect(item instanceof Map ? item.get("a") : undefined).toEqual(first);
  });

  test.each(notPlain)("leaves %s to the full parser", (_name, text) => {
    expect(parsePlainYaml(text)).toBeUndefined();
  });

  test("agrees with the full parser on whatever a YAML writer makes of any values", () => {
    fc.assert(fc.property(fc.dictionary(word, tree, { minKeys: 1, maxKeys: 6 }), writing, agreeOnWritten), {
      numRuns: 1500,
    });
  });

  test("agrees with the full parser on text that is nearly YAML", () => {
    fc.assert(fc.property(fc.array(scraps, { maxLength: 6 }), edits, agreeOnEdited), { numRuns: 6000 });
  });
});

function agree(text: string): void {
  const parsed = parsePlainYaml(text);
  if (parsed !== undefined) expect(parseYaml(text, entryBounds)).toEqual({ ok: true, value: parsed });
}

function agreeOnWritten(map: Record<string, unknown>, { indent, ...options }: Writing): void {
  const lines = stringify([map], options).split("\n");
  const text = lines.map((line) => (line === "" ? line : " ".repeat(indent) + line)).join("\n");
  agree(text);
  agree(text.replaceAll("\n", "\r\n"));
}

function agreeOnEdited(lines: string[], changes: readonly (readonly [number, string, number])[]): void {
  let text = ["- first: 1", ...lines, ""].join("\n");
  for (const [at, inserted, removed] of changes) {
    const place = at % (text.length + 1);
    text = text.slice(0, place) + inserted + text.slice(place + removed);
  }
  agree(text);
}

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const oddText = fc.oneof(
  { weight: 4, arbitrary: word },
  fc.string(),
  fc.lorem({ maxCount: 40 }),
  fc.string({ unit: fc.constantFrom(...Array.from("ab \n:#-'\"\\é>|[{&*!~0,%@?")), maxLength: 60 }),
  fc.constantFrom(
    "null",
    "~",
    "yes",
    "1.0",
    "---",
    "...",
    "<<",
    "a: b",
    "- a",
    "a #b",
    " a",
    "a ",
    "\na",
    "a\n\n",
    "",
  ),
);
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    oddText,
    fc.constant(null),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.stringMatching(/^[a-z]+[./-][a-z]+$/), oddText), tie("node"), {
      maxKeys: 5,
    }),
  ),
})).node;
const writing = fc.record({
  indent: fc.constantFrom(0, 2, 4),
  lineWidth: fc.constantFrom(0, 20, 80),
  indentSeq: fc.boolean(),
  defaultKeyType: fc.constant("PLAIN" as const),
  defaultStringType: fc.constantFrom(
    "PLAIN" as const,
    "QUOTE_DOUBLE" as const,
    "QUOTE_SINGLE" as const,
    "BLOCK_LITERAL" as const,
    "BLOCK_FOLDED" as const,
  ),
  nullStr: fc.constantFrom("null", "~", ""),
});
type Writing = typeof writing extends fc.Arbitrary<infer Value> ? Value : never;
const scraps = fc.constantFrom(
  ..."  a: b|  c:|  - x|    - y: z|  d: >-|    fold|     deeper|  e: 'it''s|    more'|    cont # c|    cont|".split(
    "|",
  ),
  ..."  f: []|  g: ~|    -|  h: a#b|  i: x:|  # c|# c||   |  j: - k|- l: m|  n.o/p-q: 5|    null|  r: -1|".split(
    "|",
  ),
  ...'  s: "q\\|    \\ t"|  u: "v|    w"|  x: "y" z|  0: "\\x41"|    "k": v|---|...'.split("|"),
  "  m: |",
  "  n: |-",
  "  o: |2",
  "  - |1-",
  "    text",
);
const edits = fc.array(
  fc.tuple(fc.nat(), fc.constantFrom(...Array.from(" \n:-#'\"a\\|>?"), ": ", "\n  "), fc.nat(2)),
  {
    maxLength: 2,
  },
);
