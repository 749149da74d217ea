import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { ParsedEntry } from "../../src/helm/chart-entry.ts";
import { readWholeDocument } from "../../src/helm/whole-document.ts";
import { runs } from "../support/runs.ts";
import { collectEntries } from "./collect-entries.ts";

test("splitting finds exactly the entries that the whole document has, in any style, damaged or not", async () => {
  const property = fc.asyncProperty(indexes, styles, damages, fc.constantFrom(1, 7, 1000), agree);
  await fc.assert(property, runs(1200, 1200));
});

async function agree(index: object, style: Style, damage: Damage, chunkSize: number): Promise<void> {
  let text = stringify(index, style);
  for (const [at, inserted, removed] of damage) {
    const place = at % (text.length + 1);
    text = text.slice(0, place) + inserted + text.slice(place + removed);
  }
  const split = await collectEntries(text, { chunkSize });
  const whole: ParsedEntry[] = [];
  const visitor = {
    entry: (raw: { parse(): ParsedEntry }) => whole.push(raw.parse()) > 0,
    restart: () => {},
  };
  const outcome = readWholeDocument(text, visitor);
  // Splitting may be content with more (one bad entry), and more suspicious of an end; never of other opinion.
  if (outcome.kind !== "complete" || split.outcome.kind !== "complete") return;
  if (hasOpenQuote(text) && split.parsed.some(isUnclosed)) return;
  expect(split.parsed).toEqual(whole);
}

/**
 * The `yaml` package takes `'x''` for `x'` where a line of no more indentation follows, and some further quote;
 * so the whole document passes where the entry by itself is told, rightly, not to close its quote.
 */
const hasOpenQuote = (text: string): boolean => /(?:''|\\")$/m.test(text);
const isUnclosed = (parsed: ParsedEntry): boolean => !parsed.ok && parsed.message.includes("Missing closing");

const word = fc.stringMatching(/^[a-z]{1,6}$/);
const oddText = fc.oneof(
  { weight: 4, arbitrary: word },
  fc.string({ unit: fc.constantFrom(...Array.from("ab \n:#-'\"\\é>|[{&*!~0,%@?")), maxLength: 40 }),
  fc.constantFrom(
    "null",
    "---",
    "...",
    "<<",
    "a: b",
    "\n  - name: x\n  two:\n",
    "\ngenerated: x\n",
    "  - a\n - b\n- c",
  ),
  fc.lorem({ maxCount: 20 }),
);
const entry = fc.record(
  {
    description: oddText,
    version: fc.constantFrom("1.0.0", "2.0.0-rc1", "v3"),
    urls: fc.array(fc.constantFrom("a-1.0.0.tgz", "b"), { minLength: 1, maxLength: 2 }),
    annotations: fc.dictionary(word, oddText, { maxKeys: 2 }),
    keywords: fc.array(oddText, { maxLength: 2 }),
  },
  { requiredKeys: ["version", "urls"] },
);
const chart = fc.option(fc.array(fc.option(entry, { freq: 9 }), { maxLength: 3 }), { freq: 9 });
const indexes = fc.record(
  {
    apiVersion: fc.constant("v1"),
    annotations: fc.dictionary(word, oddText, { maxKeys: 2 }),
    entries: fc.dictionary(fc.oneof({ weight: 9, arbitrary: word }, oddText), chart, { maxKeys: 4 }),
    generated: oddText,
  },
  { requiredKeys: ["apiVersion", "entries"] },
);
const styles = fc.record({
  lineWidth: fc.constantFrom(0, 20, 80),
  indentSeq: fc.boolean(),
  indent: fc.constantFrom(1, 2, 4),
  defaultKeyType: fc.constantFrom("PLAIN" as const, "QUOTE_DOUBLE" as const),
  defaultStringType: fc.constantFrom(
    "PLAIN" as const,
    "QUOTE_DOUBLE" as const,
    "QUOTE_SINGLE" as const,
    "BLOCK_LITERAL" as const,
    "BLOCK_FOLDED" as const,
  ),
  nullStr: fc.constantFrom("null", "~", ""),
});
type Style = typeof styles extends fc.Arbitrary<infer Value> ? Value : never;
const insertions = fc.constantFrom(
  " ",
  "\n",
  ":",
  "-",
  "#",
  "'",
  '"',
  "|",
  "\n  ",
  "\n- ",
  "\n---\n",
  "\n  - ",
  "{",
  "\t",
  "*a",
  "? ",
);
const damages = fc.oneof(
  fc.constant([]),
  fc.array(fc.tuple(fc.nat(), insertions, fc.nat(3)), { maxLength: 3 }),
);
type Damage = readonly (readonly [number, string, number])[];
