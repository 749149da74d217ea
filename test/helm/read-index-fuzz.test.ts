import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { readIndex } from "../../src/helm/read-index.ts";
import { runs } from "../support/runs.ts";
import { type Collected, collectEntries, roomy, usable } from "./collect-entries.ts";

/** Entries with what publishers put into them: long icons, quoted and folded texts, lists, block scalars. */
const text = fc.oneof(
  fc.lorem({ maxCount: 12 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom(
    "- kind: added\n  description: x\n- kind: fixed",
    "a: b",
    "'",
    '"',
    "#1",
    "2.10",
    "| x",
    "",
  ),
);
const entry = fc.record(
  {
    annotations: fc.dictionary(fc.constantFrom("artifacthub.io/changes", "category", "licenses"), text),
    apiVersion: fc.constantFrom("v1", "v2"),
    appVersion: fc.constantFrom("1.10", "v2.0.0", "latest", "0x10"),
    created: fc.constant("2026-11-02T12:00:00.123456789Z"),
    dependencies: fc.array(fc.record({ name: text, version: text, condition: text }), { maxLength: 2 }),
    description: text,
    digest: fc.stringMatching(/^[0-9a-f]{64}$/),
    icon: fc.nat(300).map((length) => `data:image/svg+xml;base64,${"A".repeat(length)}`),
    maintainers: fc.array(fc.record({ name: text, email: fc.constant("a@example.com") }), { maxLength: 2 }),
    urls: fc.constantFrom(["a-1.0.0.tgz"], ["https://example.com/a%20b-1.0.0.tgz?raw=true", "b.tgz"]),
    version: fc.constantFrom("1.0.0", "0.46.00", "v0.6", "1.2", "2.0.0-rc.1+up3"),
  },
  { requiredKeys: ["urls", "version", "digest"] },
);
const charts = fc.dictionary(
  fc.constantFrom("alpha", "beta.x", "žluť", "10", "true"),
  fc.array(entry, { maxLength: 3 }),
);
const index = charts.map((entries) => ({
  apiVersion: "v1",
  entries: Object.fromEntries(
    Object.entries(entries).map(([name, list]) => [name, list.map((one) => ({ ...one, name }))]),
  ),
  generated: "2026-11-02T12:00:00Z",
}));
const written = fc.oneof(
  fc.tuple(index, fc.boolean(), fc.constantFrom(0, 80)).map(([value, indentSeq, lineWidth]) => {
    return stringify(value, { indentSeq, lineWidth });
  }),
  fc.tuple(index, fc.constantFrom(0, 1, 2)).map(([value, space]) => JSON.stringify(value, null, space)),
);
const document = written.map((source) => new Uint8Array(new TextEncoder().encode(source)));

/** Damage by the byte: what a broken disk, a bad merge or somebody with intent may do. */
type Damage = (bytes: Uint8Array) => Uint8Array;
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.nat().map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(0, at % (bytes.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([at, byte]): Damage => (bytes) => {
    return bytes.length === 0 ? bytes : bytes.with(at % bytes.length, byte);
  }),
  fc.tuple(fc.nat(), fc.nat(80)).map(([at, length]): Damage => (bytes) => {
    const place = at % (bytes.length + 1);
    return joined(bytes.slice(0, place), bytes.slice(place + length));
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat(200)).map(([from, to, length]): Damage => (bytes) => {
    const [taken, place] = [from % (bytes.length + 1), to % (bytes.length + 1)];
    return joined(bytes.slice(0, place), bytes.slice(taken, taken + length), bytes.slice(place));
  }),
  fc
    .tuple(
      fc.nat(),
      fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc
          .constantFrom(
            "\n",
            "\n---\n",
            "\r\n",
            "&a ",
            "*a",
            "<<: ",
            "{",
            "[",
            '"',
            "\\u0000",
            "!!int ",
            "? ",
          )
          .map((inserted) => new Uint8Array(new TextEncoder().encode(inserted))),
        fc.nat(3000).map((deep) => new Uint8Array(deep).fill(91)),
      ),
    )
    .map(([at, inserted]): Damage => (bytes) => {
      const place = at % (bytes.length + 1);
      return joined(bytes.slice(0, place), inserted, bytes.slice(place));
    }),
);
const damaged = fc.tuple(document, fc.array(damage, { maxLength: 3 })).map(([bytes, damages]) => {
  let now: Uint8Array = bytes;
  for (const change of damages) now = change(now);
  return now;
});

/** Chunks of these sizes, over and over. */
async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let chunk = 0; at < bytes.length; chunk += 1) {
    const size = sizes[chunk % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function readInChunks(bytes: Uint8Array, sizes: readonly number[]) {
  let entries: unknown[] = [];
  const outcome = await readIndex(inChunks(bytes, sizes), roomy, {
    entry: (raw) => entries.push([raw.fingerprint, raw.parse()]) > 0,
    restart: () => (entries = []),
  });
  // What came before a document was found unusable proves nothing, and of two faults either may be seen first.
  return outcome.kind === "complete" ? { outcome, entries } : { outcome: outcome.kind };
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5000 })), {
  minLength: 1,
  maxLength: 5,
});
/** Milliseconds for some kilobytes, on a machine that has much else to do. */
const patience = 5_000;

const identity = ({ chart = "", version = "", digest = "", urls = [""] }): string =>
  [chart, version, digest, ...urls].join(" ");

/** What the `yaml` package reads, every scalar as its text; `undefined` where it refuses the document. */
function wholeIndex(bytes: Uint8Array): string[] | undefined {
  try {
    const source = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    const whole: { entries: Record<string, { version: string; digest?: string; urls: unknown[] }[]> } = parse(
      source,
      { schema: "failsafe", merge: true, logLevel: "error" },
    );
    return Object.entries(whole.entries).flatMap(([chart, list]) =>
      (list ?? []).map(({ version, digest, urls }) =>
        identity({
          chart,
          version,
          ...(digest === undefined
            ? {}
            : {
                digest: digest
                  .trim()
                  .toLowerCase()
                  .replace(/^sha256:/, ""),
              }),
          urls: urls.filter((url) => typeof url === "string"), // what is none costs itself alone
        }),
      ),
    );
  } catch {
    return undefined;
  }
}

function expectSubsequence(part: readonly string[], whole: readonly string[]): void {
  let at = 0;
  for (const one of part) {
    at = whole.indexOf(one, at) + 1;
    if (at === 0) expect(whole).toContain(one);
  }
}

const usableIn = (collected: Collected): string[] => usable(collected).map((one) => identity(one));

test("no document, however damaged, makes reading it throw or take long, and its chunks make no difference", async () => {
  await fc.assert(
    fc.asyncProperty(damaged, sizes, sizes, async (bytes, some, others) => {
      const began = Date.now();
      expect(await readInChunks(bytes, some)).toEqual(await readInChunks(bytes, others));
      expect(Date.now() - began).toBeLessThan(patience);
    }),
    runs(300, 10_000),
  );
}, 300_000);

test("what is read of a document is what the yaml package reads, where both accept it", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const collected = await collectEntries(bytes);
      const whole = wholeIndex(bytes);
      if (collected.outcome.kind !== "complete" || whole === undefined) return;
      compared += 1;
      expectSubsequence(usableIn(collected), whole);
    }),
    runs(200, 5_000),
  );
  expect(compared).toBeGreaterThan(0);
}, 300_000);

test("a document that is cut off anywhere is refused, or shows the first of its entries and says that it may go on", async () => {
  await fc.assert(
    fc.asyncProperty(document, fc.nat(), async (bytes, at) => {
      const whole = usableIn(await collectEntries(bytes));
      const cut = await collectEntries(bytes.slice(0, at % bytes.length));
      if (cut.outcome.kind !== "complete") return;
      const shown = usableIn(cut);
      expect(shown).toEqual(whole.slice(0, shown.length));
      if (shown.length < whole.length) expect(cut.outcome.closed).toBe(false);
    }),
    runs(200, 5_000),
  );
}, 300_000);
