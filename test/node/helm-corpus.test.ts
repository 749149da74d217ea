import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { EntryDelivery } from "../../src/helm/entry-delivery.ts";
import { parseYamlEntry } from "../../src/helm/entry-text.ts";
import { entryBounds, parseYaml } from "../../src/helm/full-yaml.ts";
import { parsePlainYaml } from "../../src/helm/plain-yaml.ts";
import { type IndexOutcome, readIndex } from "../../src/helm/read-index.ts";
import { YamlSplitter } from "../../src/helm/yaml-splitter.ts";
import { collectEntries, roomy, streamOf, summary, usable } from "../helm/collect-entries.ts";

/** A folder of indexes as real publishers served them; without it there is nothing to read here. */
const corpus = process.env["CHARTKEEP_CORPUS"] ?? "";
const names = corpus === "" ? [] : readdirSync(join(corpus, "argo-helm/history"));
const histories = names.filter((name) => name.endsWith(".gz")).map((name) => `argo-helm/history/${name}`);

/** File, entries, entries without a digest. */
const sites: [string, number, number][] = [
  ["argo-helm/site/index.yaml", 1628, 0],
  ["aws-eks/site/index.yaml", 449, 0],
  ["deliveryhero/site/index.yaml", 575, 0],
  ["external-dns/site/index.yaml", 36, 5],
  ["ingress-nginx/site/index.yaml", 177, 0],
  ["kedacore/site/index.yaml", 106, 0],
  ["ory/site/index.yaml", 1447, 0],
  ["podinfo/site/index.yaml", 108, 0],
  ["prometheus-community/site/index.yaml", 862, 0],
];

/** File, usable entries, and what the others are dropped for. */
const testIndexes: [string, number, Record<string, number>][] = [
  ["flux/chartmuseum-index.json", 0, { "bad-digest": 5 }],
  ["flux/chartmuseum-index.yaml", 0, { "bad-digest": 5 }],
  ["flux/local-index.yaml", 0, { "bad-digest": 5 }],
  ["flux/local-index-unordered.yaml", 0, { "bad-digest": 5 }],
  ["helm/downloader__testdata__repository__encoded-url-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__kubernetes-charts-index.yaml", 3, {}],
  ["helm/downloader__testdata__repository__malformed-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__testing-basicauth-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__testing-ca-file-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__testing-https-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__testing-https-insecureskip-tls-verify-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__testing-index.yaml", 3, {}],
  ["helm/downloader__testdata__repository__testing-querystring-index.yaml", 1, {}],
  ["helm/downloader__testdata__repository__testing-relative-index.yaml", 3, {}],
  ["helm/downloader__testdata__repository__testing-relative-trailing-slash-index.yaml", 2, {}],
  ["helm/repo__v1__testdata__chartmuseum-index.yaml", 0, { "bad-digest": 4 }],
  ["helm/repo__v1__testdata__local-index.json", 0, { "bad-digest": 4 }],
  ["helm/repo__v1__testdata__local-index.yaml", 0, { "bad-digest": 4 }],
  ["helm/repo__v1__testdata__local-index-annotations.yaml", 0, { "bad-digest": 4 }],
  ["helm/repo__v1__testdata__local-index-unordered.yaml", 0, { "bad-digest": 4 }],
  ["helm/repo__v1__testdata__server__index.yaml", 0, { "bad-digest": 3 }],
];

const refusals: [string, object][] = [
  ["index-zero-byte-bjw-s.yaml", { kind: "unusable", code: "empty" }],
  ["index-one-byte-codecentric.yaml", { kind: "unusable", code: "empty" }],
  ["index-merge-conflict-kyverno.yaml", { kind: "unusable", code: "conflict-markers" }],
  ["index-empty-entries-eks.yaml", { kind: "complete", entries: 0, closed: true }],
  ["index-empty-entries-openshift.yaml", { kind: "complete", entries: 0, closed: true }],
];

describe.skipIf(corpus === "")(
  "indexes of real publishers (skipped where CHARTKEEP_CORPUS is not set)",
  () => {
    test.each(sites)("reads every version of %s", async (file, entries, withoutDigest) => {
      const bytes = load(file);
      const collected = await collectEntries(bytes);
      expect(collected.outcome).toEqual({ kind: "complete", entries, closed: true });
      expect(collected.restarts).toBe(0);
      expect(usable(collected)).toHaveLength(entries);
      expect(usable(collected).filter(({ digest }) => digest === undefined)).toHaveLength(withoutDigest);
      expect(usable(collected).map(identity)).toEqual(wholeDocument(bytes));
    });

    test.each(histories)("reads every version of %s", async (file) => {
      await expectHelmStyle(load(file));
    });

    test("reads every version of an index of nine megabytes", async () => {
      const { outcome } = await expectHelmStyle(load("large/helm-stable.yaml.gz"));
      expect(outcome).toMatchObject({ entries: 11_656 });
    });

    test.each(testIndexes)("reads the test index %s", async (file, count, drops) => {
      const collected = await collectEntries(load(`odd/${file}`));
      expect(collected.outcome.kind).toBe("complete");
      expect(usable(collected)).toHaveLength(count);
      const codes = collected.parsed.flatMap((item) => (item.ok ? [] : [item.code]));
      const counts = Object.entries(Object.groupBy(codes, (code) => code)).map(([code, list]) => [
        code,
        list.length,
      ]);
      expect(Object.fromEntries(counts)).toEqual(drops);
    });

    test.each(refusals)("judges %s", async (file, expected) => {
      expect((await collectEntries(load(`odd/${file}`))).outcome).toMatchObject(expected);
    });

    test("reads the same whatever the size of the chunks", async () => {
      for (const file of ["kedacore/site/index.yaml", "odd/flux/chartmuseum-index.json"]) {
        const bytes = load(file);
        const whole = await collectEntries(bytes, { chunkSize: bytes.length });
        for (const chunkSize of [1, 7, 4096, 65_536]) {
          expect(await collectEntries(bytes, { chunkSize })).toEqual(whole);
        }
      }
    });

    test("has a plain style for every entry of Helm's writers, on which both parsers agree", () => {
      const seen = new Set<number>();
      let notPlain = 0;
      const files = [...sites.map(([file]) => file), ...histories, "large/helm-stable.yaml.gz"];
      const odd = testIndexes.map(([file]) => `odd/${file}`).filter((file) => file.endsWith(".yaml"));
      for (const file of [...files, ...odd]) {
        forEachEntry(load(file), seen, (text) => {
          const plain = parsePlainYaml(text);
          if (plain === undefined) notPlain += 1;
          else expect(parseYaml(text, entryBounds)).toEqual({ ok: true, value: plain });
        });
      }
      expect(notPlain).toBe(0);
      expect(seen.size).toBeGreaterThan(20_000);
    }, 120_000);

    test.each(sites)("notices when %s is cut off, except between two entries", async (file) => {
      const bytes = load(file);
      const whole = await collectEntries(bytes);
      const cuts = 200;
      let unnoticed = 0;
      for (let cut = 1; cut < cuts; cut += 1) {
        const { outcome, lines } = await readCut(bytes.subarray(0, Math.floor((bytes.length * cut) / cuts)));
        if (outcome.kind === "unusable") continue;
        unnoticed += 1;
        expect(outcome).toMatchObject({ kind: "complete", closed: false });
        expect(lines).toEqual(usable(whole).slice(0, lines.length).map(identity));
      }
      expect(unnoticed).toBeLessThan(5);
    });
  },
);

function load(file: string): Uint8Array {
  const bytes = readFileSync(join(corpus, file));
  return new Uint8Array(file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
}

function identity({
  chart,
  version,
  digest,
  urls,
}: {
  chart: string;
  version: string;
  digest?: string;
  urls: string[];
}) {
  return `${chart} ${version} ${digest ?? "-"} ${urls.join(" ")}`;
}

/** The same, from the whole document as the `yaml` package reads it with its ordinary schema. */
function wholeDocument(bytes: Uint8Array): string[] {
  const index: { entries: Record<string, { version: string; digest?: string; urls: string[] }[]> } =
    parseDocument(new TextDecoder().decode(bytes)).toJS();
  return Object.entries(index.entries).flatMap(([chart, list]) =>
    list.map((entry) => identity({ chart, ...entry })),
  );
}

/** Helm writes an entry's version in a line of its own, and always in the same column. */
async function expectHelmStyle(bytes: Uint8Array) {
  const versions = new TextDecoder().decode(bytes).match(/^ {4}version: .*$/gm) ?? [];
  const collected = await collectEntries(bytes);
  expect(collected.outcome).toEqual({ kind: "complete", entries: versions.length, closed: true });
  expect(usable(collected)).toHaveLength(versions.length);
  expect(collected.restarts).toBe(0);
  expect(new Set(collected.fingerprints).size).toBe(new Set(summary(collected)).size);
  return collected;
}

function forEachEntry(bytes: Uint8Array, seen: Set<number>, visit: (text: string) => void): void {
  const parse = (chart: string, text: string) => {
    visit(text);
    return parseYamlEntry(chart, text);
  };
  const visitor = {
    entry(raw: { fingerprint: number; parse(): unknown }) {
      if (!seen.has(raw.fingerprint)) raw.parse();
      seen.add(raw.fingerprint);
      return true;
    },
    restart() {
      throw new Error("every index here can be split");
    },
  };
  const splitter = new YamlSplitter(new EntryDelivery(visitor, parse), roomy.entryBytes);
  splitter.push(bytes);
  splitter.end();
}

async function readCut(bytes: Uint8Array): Promise<{ outcome: IndexOutcome; lines: string[] }> {
  let lines: string[] = [];
  const visitor = {
    entry(raw: { parse(): { ok: true; entry: Parameters<typeof identity>[0] } | { ok: false } }) {
      const parsed = raw.parse();
      lines.push(parsed.ok ? identity(parsed.entry) : "dropped");
      return true;
    },
    restart() {
      lines = [];
    },
  };
  const outcome = await readIndex(streamOf(bytes, 65_536), roomy, visitor);
  return { outcome, lines };
}
