import { writeFile } from "node:fs/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { indexYaml } from "../../restore/index-yaml.ts";
import { type ListedEntry, planLocal } from "../../restore/plan-local.ts";
import { planOriginal } from "../../restore/plan-original.ts";
import type { Indexed } from "../../restore/plan.ts";
import { readEntries } from "../../restore/read-entries.ts";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { MemorySite } from "../support/upstream/site.ts";
import { startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const digestOf = (letter: string): string => letter.repeat(64);
const source = "https://owner.github.io/charts";

function entry(
  name: string,
  version: string,
  digest: string | undefined,
  more: Partial<Indexed> = {},
): Indexed {
  const url = `${name}-${version}.tgz`;
  return { chart: name, name, version, url, ...(digest === undefined ? {} : { digest }), ...more };
}

const listed = (name: string, version: string, digest: string, more: Partial<Indexed> = {}): ListedEntry => ({
  ...entry(name, version, digest, more),
  metadata: JSON.stringify({ name, version, apiVersion: "v2" }),
});

describe("the branch of the upstream's own index", () => {
  const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")];

  test("holds each archive at the index's path, with the index's digest, or the mirror's where it gives none", () => {
    const upstream = [entry("web", "2.0.0", a, { url: "sub/web.tgz" }), entry("web", "1.0.0", undefined)];
    const { archives, trouble } = planOriginal(upstream, [entry("web", "1.0.0", b)], [source]);
    expect(trouble).toEqual([]);
    expect(archives).toMatchObject([
      { path: "sub/web.tgz", digest: a, from: `charts/${a}/web-2.0.0.tgz` },
      { path: "web-1.0.0.tgz", digest: b, from: `charts/${b}/web-1.0.0.tgz` },
    ]);
  });

  test("asks for the digest that the index lists, where the mirror lists another one, and hints at that", () => {
    const { archives } = planOriginal([entry("web", "1.0.0", a)], [entry("web", "1.0.0", b)], [source]);
    expect(archives).toMatchObject([{ digest: a, from: `charts/${a}/web-1.0.0.tgz` }]);
    expect(archives[0]?.hint).toContain("bbbbbbbbbbbb…");
  });

  test("places one archive once, and tells of two that want one place", () => {
    const same = [entry("web", "1.0.0", a), entry("also", "1.0.0", a, { url: "web-1.0.0.tgz" })];
    expect(planOriginal(same, [], [source])).toMatchObject({ archives: [{ digest: a }], trouble: [] });
    const { archives, trouble } = planOriginal(
      [...same, entry("third", "1.0.0", c, { url: "web-1.0.0.tgz" })],
      [],
      [source],
    );
    expect(archives).toHaveLength(1);
    expect(trouble).toMatchObject([{ kind: "mismatch", what: "third 1.0.0" }]);
  });

  test("counts what lies elsewhere by place, the largest first, and how much of it the mirror lacks", () => {
    const url = (version: string) => `https://github.com/o/r/releases/download/x/web-${version}.tgz`;
    const upstream = [
      entry("web", "3.0.0", a, { url: "oci://ghcr.io/o/web:3.0.0" }),
      entry("web", "2.0.0", a, { url: url("2.0.0") }),
      entry("web", "1.0.0", b, { url: url("1.0.0") }),
    ];
    const known = [entry("web", "3.0.0", a), entry("web", "2.0.0", a)];
    expect(planOriginal(upstream, known, [source]).elsewhere).toEqual([
      { place: "https://github.com/o/r", archives: 2, lacking: 1 },
      { place: "oci://ghcr.io/o", archives: 1, lacking: 0 },
    ]);
  });
});

describe("the branch of a new index", () => {
  const [a, b, c] = [digestOf("a"), digestOf("b"), digestOf("c")];

  test("holds the archives flat beside it", () => {
    const { archives, entries } = planLocal([listed("web", "1.0.0+build.7", a)]);
    expect(archives).toMatchObject([{ path: "web-1.0.0+build.7.tgz", digest: a }]);
    expect(indexYaml(entries, undefined)).toContain('- "web-1.0.0+build.7.tgz"');
  });

  test("gives a folder by digest to those that would share a file, in other letters too", () => {
    const { archives, entries, trouble } = planLocal([
      listed("web-1", "2", a),
      listed("web", "1-2", b),
      listed("WEB", "1-2", c),
      listed("web-1", "2", a, { chart: "alias" }),
    ]);
    expect(archives.map(({ path }) => path)).toEqual([
      "web-1-2.tgz",
      `charts/${b}/web-1-2.tgz`,
      `charts/${c}/WEB-1-2.tgz`,
    ]);
    expect(entries.map(({ path }) => path)).toEqual([...archives.map(({ path }) => path), "web-1-2.tgz"]);
    expect(trouble).toEqual([]);
  });

  test("leaves out, and tells, what cannot be a file", () => {
    const { entries, trouble } = planLocal([listed("c:", "1.0.0", a), listed("x".repeat(250), "1.0.0", a)]);
    expect(entries).toEqual([]);
    expect(trouble).toMatchObject([{ kind: "refused", what: "c: 1.0.0" }, { kind: "refused" }]);
  });
});

describe("the text of a new index", () => {
  const nasty = [
    "1.0", "yes", "0755", "1_000", "1e3", "~", "null", "=", "<<", "2024-01-01", "- x", "a: b", "#c", "'", '"', "\\",
    "two\nlines\r\n\ttab", " blanks ", "\u0085\u2028\u2029\ufeff\u007f\u009f", "émoji 🎉", "%YAML", "---", "...", "{}", "[]", "\u0000\u0007",
  ]; // prettier-ignore

  const withText = (texts: readonly string[]) =>
    planLocal(
      texts.map((text, index) => ({
        ...listed("web", `1.0.${index}`, digestOf("a")),
        metadata: JSON.stringify({
          name: "web",
          version: `1.0.${index}`,
          description: text,
          keywords: [text, "x"],
          appVersion: text,
          annotations: { [`k${text}`]: text, [`long${"x".repeat(2000)}`]: "y" },
          dependencies: [
            { name: "d", repository: "", "import-values": [{ child: text, parent: "p" }, text] },
          ],
          deprecated: true,
          apiVersion: "v2",
        }),
      })),
    ).entries;

  test("means the same to a reader of YAML 1.1", () => {
    const property = fc.property(fc.array(fc.oneof(fc.constantFrom(...nasty), fc.string())), (texts) => {
      const entries = withText(texts);
      const read: unknown = parse(indexYaml(entries, "2026-11-01T10:00:00Z"), { version: "1.1" });
      expect(read).toEqual({
        apiVersion: "v1",
        generated: "2026-11-01T10:00:00Z",
        entries:
          entries.length === 0
            ? {}
            : {
                web: entries.map(({ entry: { metadata }, path, digest }) => ({
                  ...JSON.parse(metadata),
                  urls: [path],
                  digest,
                })),
              },
      });
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("means the same to the mirror's own reader, and has no time where none is known", async () => {
    const text = indexYaml(withText(nasty), undefined);
    expect(text).not.toContain("generated");
    const { entries, unusable } = await readEntries(bodyOf(text), "it");
    expect(unusable).toEqual([]);
    expect(entries).toHaveLength(nasty.length);
  });

  test.skipIf(helms.length > 0)("to the real helm", (context) => context.skip(helmIsNeeded));

  test.each(helms)("means the same to $name, which takes it strictly", async (helm) => {
    await using home = await helmHome(helm);
    const text = indexYaml(withText(nasty), "2026-11-01T10:00:00Z");
    await writeFile(home.file("index.yaml"), text);
    await using server = await startUpstream(new MemorySite({ "index.yaml": text }).site);
    await home.succeed("repo", "add", "it", server.url);
    const found: { version: string; description: string; app_version: string }[] = JSON.parse(
      await home.succeed("search", "repo", "--versions", "-o", "json"),
    );
    const told = new Map(
      found.map(({ version, description, app_version }) => [version, [description, app_version]]),
    );
    // Helm drops what does not print, when it shows a text; so only those that do are compared.
    for (const [index, one] of nasty.entries()) {
      if (!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(one)) expect(told.get(`1.0.${index}`)).toEqual([one, one]);
    }
    expect(told.size).toBe(nasty.length);
  });
});

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
