import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import { readConfig } from "../../src/config/read-config.ts";

const url = "https://stefanprodan.github.io/podinfo";

/** The problems of a text, one a line, as the operator sees them. */
function problemsOf(text: string): string[] {
  try {
    readConfig(text, "mirror.yaml");
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split("\n");
    throw error;
  }
}

/** mirror.yaml with one repository, whose source is `source`, in flow style. */
const withSource = (source: string): string => `repositories: {podinfo: {sources: [${source}]}}`;

const withTop = (line: string): string => `${line}\n${withSource(`{url: "${url}"}`)}`;

describe("a configuration that says little", () => {
  const config = readConfig(`repositories:\n  podinfo:\n    sources:\n      - url: ${url}\n`, "mirror.yaml");

  test("gets every default", () => {
    expect(config).toEqual({
      repositories: {
        podinfo: {
          sources: [{ kind: "http", url, files: ["artifacthub-repo.yml"], rewrites: [] }],
          interval: 600,
          history: 2_592_000,
          budget: { entries: 250, archives: 12, subrequests: 45 },
          limits: {
            indexBytes: 67_108_864,
            archiveBytes: 33_554_432,
            fileBytes: 1_048_576,
            indexSeconds: 120,
            archiveSeconds: 60,
          },
          policies: defaultPolicies,
          notify: { failures: 3, webhooks: [] },
        },
      },
    });
  });

  test("gets larger units where the caller knows that no plan counts, and only where it names none", () => {
    const text = withSource(`{url: "${url}"}`);
    expect(readConfig(text, "f", "paid").repositories["podinfo"]?.budget.archives).toBe(250);
    expect(readConfig(`plan: free\n${text}`, "f", "paid").repositories["podinfo"]?.budget.archives).toBe(12);
  });
});

test("prefers a repository's own values to the file's, and those to the defaults, key by key", () => {
  const { repositories, root } = readConfig(
    `
plan: paid
root: a
interval: 30s
history: 7d
budget: {entries: 500, archives: 5}
limits: {index: 1MiB, archiveTime: 5s}
repositories:
  a:
    interval: 1h
    budget: {archives: 6}
    limits: {file: 512KiB}
    sources: [{url: "${url}"}]
  1.10:
    sources: [{url: "${url}"}]
`,
    "mirror.yaml",
  );
  expect(root).toBe("a");
  expect(repositories["a"]).toMatchObject({
    interval: 3600,
    history: 604_800,
    budget: { entries: 500, archives: 6, subrequests: 1000 },
    limits: { indexBytes: 1_048_576, fileBytes: 524_288, archiveSeconds: 5, indexSeconds: 120 },
  });
  expect(repositories["1.10"]).toMatchObject({ interval: 30, budget: { archives: 5 } });
});

describe("a source's address", () => {
  test.each([
    ["https://example.com/charts/", "https://example.com/charts"],
    ["https://example.com/charts//", "https://example.com/charts"],
    ["https://example.com/charts/index.yaml", "https://example.com/charts"],
    ["HTTPS://Example.COM:443", "https://example.com"],
    ["http://localhost:8080/", "http://localhost:8080"],
    ["https://example.com/a/../b c", "https://example.com/b%20c"],
  ])("is taken as it is meant: %s", (written, taken) => {
    const { repositories } = readConfig(withSource(`{url: "${written}"}`), "mirror.yaml");
    expect(repositories["podinfo"]?.sources[0]?.url).toBe(taken);
  });
});

test("tries the longest rewrite first, in the form in which addresses are compared", () => {
  const rewrites = `{"https://github.com": "http://m/", "https://GitHub.com/a/b": "https://m/ab"}`;
  const { repositories } = readConfig(withSource(`{url: "${url}", rewrites: ${rewrites}}`), "mirror.yaml");
  expect(repositories["podinfo"]?.sources[0]).toHaveProperty("rewrites", [
    { from: "https://github.com/a/b", to: "https://m/ab" },
    { from: "https://github.com/", to: "http://m/" },
  ]);
});

test("lets values be shared by anchors, and takes CRLF and a byte order mark", () => {
  const text = `\uFEFFrepositories:\r\n  a: &a\r\n    sources: [{url: "${url}"}]\r\n  b: *a\r\n`;
  expect(Object.keys(readConfig(text, "mirror.yaml").repositories)).toEqual(["a", "b"]);
});

test("reports every problem at once, in the order of the file, each with its place and what to write", () => {
  const text = `plan: pro
budgt: {}
interval: 5
root: podinf
budget:
  entries: 1.5
  archives: -2
  subrequests: 100
repositories:
  podinfo:
    intervall: 3m
    limits: {archive: 10MB, file: 3GiB, indexTime: 0s}
    sources:
      - url: ftp://ghcr.io/x
        files: [index.yaml, 3]
        rewrites: {a: b, "https://x/": 3, "https://github.com/": "https://m/x"}
      - urls: y
  v2: {sources: []}
  Foo Bar: {}
`;
  expect(problemsOf(text)).toEqual([
    'mirror.yaml:1:7: plan: "pro" is not one of the choices; write free or paid',
    "mirror.yaml:2:1: budgt: is not a known key; did you mean budget?",
    'mirror.yaml:3:11: interval: "5" is not a duration; write a number and its unit, like 30s, 10m, 1h or 7d',
    'mirror.yaml:4:7: root: "podinf" is not one of the repositories; did you mean podinfo?',
    "mirror.yaml:6:12: budget.entries: 1.5 is not a whole number; write one, without quotes",
    "mirror.yaml:7:13: budget.archives: -2 is too few; write 1 or more",
    "mirror.yaml:8:16: budget.subrequests: 100 is more than the free plan allows; write 50 or less, or `plan: paid`",
    "mirror.yaml:11:5: repositories.podinfo.intervall: is not a known key; did you mean interval?",
    'mirror.yaml:12:23: repositories.podinfo.limits.archive: "10MB" is not a size; write a number and its unit, like 512KiB or 32MiB',
    "mirror.yaml:12:35: repositories.podinfo.limits.file: 3GiB is too large; write 8MiB or less",
    "mirror.yaml:12:52: repositories.podinfo.limits.indexTime: 0s is too short; write 1s or more",
    'mirror.yaml:14:14: repositories.podinfo.sources[0].url: "ftp://ghcr.io/x" is not an https://, http:// or oci:// address; write one like https://stefanprodan.github.io/podinfo',
    "mirror.yaml:15:17: repositories.podinfo.sources[0].files[0]: index.yaml is made by the mirror itself; leave it out",
    "mirror.yaml:15:29: repositories.podinfo.sources[0].files[1]: 3 is not a text; put it in quotes",
    "mirror.yaml:16:40: repositories.podinfo.sources[0].rewrites.https://x/: 3 is not a text; put it in quotes",
    "mirror.yaml:17:9: repositories.podinfo.sources[1].url: is missing; add `url: …` here",
    "mirror.yaml:17:9: repositories.podinfo.sources[1].urls: is not a known key; did you mean url?",
    'mirror.yaml:18:3: repositories.v2: "v2" cannot be a repository\'s name, because registry clients look for the OCI registry at /v2/; choose another one',
    "mirror.yaml:18:17: repositories.v2.sources: the list is empty; write at least one `- url: https://…`",
    'mirror.yaml:19:3: repositories.Foo Bar: "Foo Bar" is not a repository name; write lower-case letters, digits, and . _ - between them, like "foo-bar"',
    "mirror.yaml:19:3: repositories.Foo Bar.sources: is missing; add `sources: …` here, or `members: …` for one made of other repositories",
  ]);
});

describe("refuses", () => {
  test.each([
    ["an empty file", "", /^mirror.yaml:1:1: the file is empty; write `repositories:`/],
    ["only comments", "# plan: free\n", /the file is empty/],
    ["a list", "- url: x\n", /the file is a list, not a mapping/],
    ["a single value", "podinfo\n", /the file is a single value, not a mapping/],
    [
      "no repositories",
      "plan: free\n",
      /^mirror.yaml:1:1: repositories: is missing; add `repositories: …` here$/,
    ],
    [
      "repositories without a value",
      "repositories:\n",
      /repositories: has no value; write one, or remove the key/,
    ],
    [
      "an empty mapping",
      "repositories: {}\n",
      /^mirror.yaml:1:15: repositories: there is none; write its name/,
    ],
    ["what is not YAML", "repositories: {\n", /^mirror.yaml:\d+:\d+: this is not YAML: /],
    ["a tab", "repositories:\n\tpodinfo: x\n", /a tab indents this line; use spaces/],
    ["a second document", "a: 1\n---\nb: 2\n", /^mirror.yaml:2:1: a second document begins here/],
    [
      "text that looks like an alias",
      "root: *.x\n",
      /\*\.x refers to an anchor that does not exist; put it in quotes/,
    ],
    [
      "a key that stands twice",
      `interval: 1m\n${withTop("interval: 2m")}`,
      /^mirror.yaml:2:1: this key stands .* second/,
    ],
    [
      "a list for a mapping",
      withTop("budget: []"),
      /budget: a list is not a mapping; write `key: value` lines/,
    ],
    [
      "a mapping for a list",
      "repositories: {a: {sources: {}}}",
      /sources: a mapping is not a list; write lines that/,
    ],
    [
      "a mapping for a text",
      withTop("interval: {}"),
      /interval: a mapping is not a text; write a single value/,
    ],
    [
      "a number in quotes",
      withTop('budget: {entries: "10"}'),
      /entries: "10" is not a whole number; .* without quotes/,
    ],
    ["too many", withTop("budget: {entries: 1000001}"), /1000001 is too many; write 1000000 or less/],
    [
      "an unknown root",
      withTop("root: other"),
      /root: "other" is not one of the repositories; write one of podinfo/,
    ],
    [
      "a strange key",
      withTop("x: 1"),
      /^mirror.yaml:1:1: x: is not a known key; known here are plan, root, interval/,
    ],
    ["too short a history", withTop("history: 1m"), /history: 1m is too short; write 5m or more/],
    ["too long an interval", withTop("interval: 31d"), /interval: 31d is too long; write 30d or less/],
    ["a size of nothing", withTop("limits: {file: 0KiB}"), /0KiB lets nothing through; write 1KiB or more/],
    [
      "too many requests",
      `plan: paid\n${withTop("budget: {subrequests: 10001}")}`,
      /more than the paid plan allows/,
    ],
  ])("%s", (_what, text, message) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    [
      "no address",
      "podinfo",
      /"podinfo" is not an https:\/\/, http:\/\/ or oci:\/\/ address; write one like https:/,
    ],
    ["another scheme", "ftp://example.com", /is not an https:\/\/, http:\/\/ or oci:\/\/ address/],
    ["a bare scheme", "https://", /is not an https:\/\/ or http:\/\/ address/],
    ["credentials", "https://me:secret@example.com", /must not carry a user name or password/],
    [
      "a query",
      "https://example.com/?a=b",
      /the query "\?a=b" would be lost below this address; leave it out/,
    ],
    ["a fragment", "https://example.com/#x", /what follows # never reaches a server; leave it out/],
  ])("a source with %s", (_what, written, message) => {
    const problems = problemsOf(withSource(`{url: "${written}"}`));
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(problems.join()).not.toContain("secret");
  });

  test.each(["../secret", "a/b", ".hidden", "", "a b", "x.tgz", "x-1.0.0.tgz.prov", "index.yaml", "charts"])(
    "%j as a small file",
    (file) => {
      expect(problemsOf(withSource(`{url: "${url}", files: ["${file}"]}`))).toHaveLength(1);
    },
  );

  test.each([
    ["a relative prefix", '{a: "https://m/"}', /"a" is not an https:/],
    ["a target that is no address", '{"https://github.com/": m}', /"m" is not an https:/],
    [
      "half a slash",
      '{"https://github.com": "https://m/x"}',
      /stands for a prefix that ends in a slash; write "https:\/\/m\/x\/"/,
    ],
  ])("a rewrite with %s", (_what, rewrites, message) => {
    const problems = problemsOf(withSource(`{url: "${url}", rewrites: ${rewrites}}`));
    expect(problems).toEqual([expect.stringMatching(message)]);
  });

  test("a source that is listed twice, however it is spelt", () => {
    const problems = problemsOf(withSource(`{url: "${url}"}, {url: "${url}/index.yaml"}`));
    expect(problems).toEqual([
      expect.stringMatching(/sources\[1\]\.url: .* is a source of this repository already/),
    ]);
  });
});

const problemsOfName = (name: string): string[] =>
  problemsOf(`repositories: {${JSON.stringify(name)}: {sources: [{url: "${url}"}]}}`);

describe("a repository's name", () => {
  test.each(["a", "7", "podinfo", "prometheus-community", "a.b_c-d", "null", "1.10", "v3", "a".repeat(63)])(
    "may be %s",
    (name) => {
      expect(problemsOfName(name)).toEqual([]);
    },
  );

  test.each([
    ["Podinfo", /write lower-case letters, .* like "podinfo"/],
    ["-", /is not a repository name/],
    ["", /is not a repository name/],
    ["a/b", /like "a-b"/],
    ["..", /is not a repository name/],
    ["podinfo-", /like "podinfo"/],
    ["a".repeat(64), /is 64 characters long; write at most 63/],
    ["a@b", /has an @, which leads to views of a repository/],
    ["v2", /registry clients look for the OCI registry at \/v2\//],
    ["api", /\/api\/ is for programs/],
    ["charts", /the root repository's archives lie below \/charts\//],
    ["metrics", /for monitoring/],
    ["healthz", /for health checks/],
    ["status.json", /looks like a file at the root/],
    ["index.yaml", /looks like a file at the root/],
    ["favicon.ico", /looks like a file at the root/],
    ["robots.txt", /looks like a file at the root/],
    ["artifacthub-repo.yml", /looks like a file at the root/],
    ["podinfo-1.0.0.tgz", /looks like a file at the root/],
    ["podinfo-1.0.0.tgz.prov", /looks like a file at the root/],
    ["__proto__", /is not a repository name/],
  ])("must not be %s", (name, message) => {
    expect(problemsOfName(name)).toEqual([expect.stringMatching(message)]);
  });
});
