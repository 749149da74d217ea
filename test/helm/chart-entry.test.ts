import { describe, expect, test } from "vitest";
import { type ParsedEntry, indexLine } from "../../src/helm/chart-entry.ts";
import { parseJsonEntry, parseYamlEntry } from "../../src/helm/entry-text.ts";

const hex = "0123456789abcdef".repeat(4);

/** An entry with what every entry needs and these lines besides. */
function read(lines: string, chart = "demo"): ParsedEntry {
  const text = `- version: 1.2.3\n  urls: [demo-1.2.3.tgz]\n${lines.replace(/^/gm, "  ")}\n`;
  return parseYamlEntry(chart, text);
}

function entryOf(parsed: ParsedEntry) {
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.entry;
}

function metadataOf(parsed: ParsedEntry): unknown {
  return JSON.parse(entryOf(parsed).metadata);
}

const base = { name: "demo", version: "1.2.3", apiVersion: "v1" };

describe("an entry's fields", () => {
  test.each([
    ["takes an unquoted appVersion by its text", "appVersion: 1.10", { appVersion: "1.10" }],
    ["takes a boolean appVersion by its text", "appVersion: yes", { appVersion: "yes" }],
    ["takes a timestamp by its text", "appVersion: 2020-01-01", { appVersion: "2020-01-01" }],
    [
      "finds lower-case keys as Go does",
      "appversion: 7\nDESCRIPTION: x",
      { appVersion: "7", description: "x" },
    ],
    ["prefers the exact key", "appversion: 7\nappVersion: 8", { appVersion: "8" }],
    ["drops unknown fields, for strict readers refuse them", "checksum: x\nfoo: {bar: 1}", {}],
    ["leaves out nulls and empty texts", "icon: ''\nhome: ~\nkeywords: []\nsources:", {}],
    [
      "omits a field of a hopeless shape",
      "description: {a: b}\nicon: [x]\nmaintainers: 5",
      { maintainers: [{ name: "5" }] },
    ],
    [
      "makes a list of a single scalar",
      "keywords: web\nsources: https://x",
      { sources: ["https://x"], keywords: ["web"] },
    ],
    ["turns list items into text and skips nulls", "keywords: [1, ~, on]", { keywords: ["1", "on"] }],
    ["reads YAML 1.1 booleans", "deprecated: on\nremoved: Yes", { deprecated: true, removed: true }],
    ["writes no false", "deprecated: no\nremoved: maybe", {}],
    ["keeps a valid time", 'created: "2021-05-21T13:04:19.36Z"', { created: "2021-05-21T13:04:19.36Z" }],
    [
      "keeps a time with an offset, unquoted too",
      "created: 2020-09-27T05:31:40-04:00",
      { created: "2020-09-27T05:31:40-04:00" },
    ],
    ["omits an empty time", 'created: ""', {}],
    ["omits a date", "created: 2020-01-01", {}],
    ["omits a day that is none", 'created: "2021-02-29T00:00:00Z"', {}],
    ["omits a time in lower case, which Go refuses", 'created: "2021-02-01t00:00:00z"', {}],
    [
      "sorts annotations and drops what is no text",
      "annotations: {b: 1, a: x, c: [1], d: ~, '__proto__': p}",
      { annotations: JSON.parse('{"__proto__":"p","a":"x","b":"1"}') },
    ],
    [
      "repairs maintainers",
      "maintainers: [ann, ~, {}, {name: bob, email: b@x, phone: 1}]",
      { maintainers: [{ name: "ann" }, { name: "bob", email: "b@x" }] },
    ],
    ["keeps an apiVersion", "apiVersion: v2", { apiVersion: "v2" }],
    ["keeps a chart type", "type: library", { type: "library" }],
  ])("%s", (_name, lines, expected) => {
    expect(metadataOf(read(lines))).toEqual({ ...base, ...expected });
  });

  test("reads dependencies with everything Helm knows, and nothing else", () => {
    const lines = [
      "dependencies:",
      "- {name: db, version: 1.x, repository: https://r, condition: db.enabled, tags: back, enabled: y, extra: 1}",
      "- {name: web, alias: front-end, import-values: [data, {child: a, parent: b}]}",
      "- {name: odd, alias: 'no good'}",
      "- {version: 1.0.0}",
      "-",
    ];
    expect(metadataOf(read(lines.join("\n")))).toEqual({
      ...base,
      dependencies: [
        {
          name: "db",
          version: "1.x",
          repository: "https://r",
          condition: "db.enabled",
          tags: ["back"],
          enabled: true,
        },
        {
          name: "web",
          repository: "",
          alias: "front-end",
          "import-values": ["data", { child: "a", parent: "b" }],
        },
        { name: "odd", repository: "" },
      ],
    });
  });

  test("writes the fields in the order of Helm's structs, whatever the order of the source", () => {
    const parsed = read(
      "type: application\nkubeVersion: '>=1'\nhome: https://h\ncreated: 2021-01-01T00:00:00Z",
    );
    expect(entryOf(parsed).metadata).toBe(
      '{"name":"demo","home":"https://h","version":"1.2.3","apiVersion":"v1","kubeVersion":">=1","type":"application","created":"2021-01-01T00:00:00Z"}',
    );
  });

  test("repairs text that is no Unicode", () => {
    const parsed = parseJsonEntry(
      "demo",
      String.raw`{"version":"1.2.3","urls":["a"],"description":"x\ud800y"}`,
    );
    expect(entryOf(parsed).description).toBe("x\ufffdy");
  });

  test("takes JSON numbers and booleans by their source text", () => {
    const json = '{"version":"1.2.3","urls":"a","appVersion":1.10,"deprecated":true,"keywords":[1e3,false]}';
    expect(metadataOf(parseJsonEntry("demo", json))).toEqual({
      ...base,
      appVersion: "1.10",
      deprecated: true,
      keywords: ["1e3", "false"],
    });
  });
});

describe("an entry's name", () => {
  test("comes from its key where the entry has none", () => {
    expect(entryOf(read("", "from-key")).name).toBe("from-key");
  });

  test("may differ from its key", () => {
    expect(entryOf(read("name: other"))).toMatchObject({ chart: "demo", name: "other" });
  });

  test.each(["a/b", "a\\b", "..", ".", '"a\\nb"', '"a\\u202eb"', "x".repeat(251)])(
    "is refused: %s",
    (name) => {
      expect(read(`name: ${name}`)).toMatchObject({ ok: false, code: "bad-name", version: "1.2.3" });
    },
  );

  test("is refused where the key would be unsafe, too", () => {
    expect(read("name: fine", "../up")).toMatchObject({ ok: false, code: "bad-name", chart: "../up" });
  });

  test("may have dots and blanks, as real charts do", () => {
    expect(entryOf(read("name: my.chart two")).name).toBe("my.chart two");
  });
});

describe("an entry's digest", () => {
  test.each([
    [hex, hex],
    [`sha256:${hex}`, hex],
    [hex.toUpperCase(), hex],
    [`"SHA256:${hex}"`, hex],
    ["''", undefined],
    ["~", undefined],
  ])("%s is read as %s", (written, digest) => {
    expect(entryOf(read(`digest: ${written}`)).digest).toBe(digest);
  });

  test.each([`${hex}0`, "sha256:1234567890abcdef", "md5:x", "[a]", "x"])("%s drops the entry", (written) => {
    expect(read(`digest: ${written}`)).toMatchObject({ ok: false, code: "bad-digest" });
  });
});

describe("an entry's URLs", () => {
  test.each([
    ["urls: a.tgz", ["a.tgz"]],
    ["urls: ['', ~, b.tgz, c.tgz]", ["b.tgz", "c.tgz"]],
    ["url: old.tgz", ["old.tgz"]],
    ["urls: []\n  url: old.tgz", ["old.tgz"]],
  ])("are read from %j", (lines, urls) => {
    expect(entryOf(parseYamlEntry("demo", `- version: 1.0.0\n  ${lines}\n`)).urls).toEqual(urls);
  });

  test.each(["urls: []", "urls:", "name: x", "urls: {a: b}"])("are missing in %j: dropped", (lines) => {
    expect(parseYamlEntry("demo", `- version: 1.0.0\n  ${lines}\n`)).toMatchObject({
      ok: false,
      code: "no-url",
    });
  });
});

describe("an entry that cannot be repaired", () => {
  test.each([
    ["no version", "- urls: [a]\n", "bad-version", ""],
    ["no semver", "- version: latest\n  urls: [a]\n", "bad-version", "latest"],
    ["an unknown type", "- version: 1.0.0\n  type: app\n  urls: [a]\n", "bad-type", "1.0.0"],
    ["a text for a map", "- nonsense\n", "bad-entry", ""],
    ["broken YAML", "- version: 1.0.0\n  urls: [a\n", "bad-entry", ""],
    [
      "a key twice, on which Helm gives up the index",
      "- version: 1.0.0\n  version: 1.0.0\n",
      "bad-entry",
      "",
    ],
    ["aliases that explode", bomb(), "bad-entry", ""],
    ["an endless alias", "- version: 1.0.0\n  urls: &a [*a]\n", "bad-entry", ""],
    ["nesting beyond the stack", `- a: ${"[".repeat(50_000)}\n`, "bad-entry", ""],
  ])("is dropped with its reason: %s", (_name, text, code, version) => {
    expect(parseYamlEntry("demo", text)).toMatchObject({ ok: false, chart: "demo", code, version });
  });
});

test("indexLine is one line of JSON that ends with the one URL and the digest", () => {
  const line = indexLine(entryOf(read('description: "a\\nb"')), hex, `charts/${hex}/demo-1.2.3.tgz`);
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    ...base,
    description: "a\nb",
    urls: [`charts/${hex}/demo-1.2.3.tgz`],
    digest: hex,
  });
});

function bomb(): string {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `  l${level + 1}: &l${level + 1} [${"*l".concat(String(level)).concat(", ").repeat(9)}x]`,
  );
  return ["- version: 1.0.0", "  l0: &l0 x", ...levels, ""].join("\n");
}
