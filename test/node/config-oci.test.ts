import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import { isOnPrivateNetwork } from "../../src/config/private-host.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { isPrivateHost } from "../../src/upstream/address.ts";

const http = '{url: "https://example.com/charts"}';
const url = "oci://registry.example.com/team/charts";

const withSources = (sources: string): string => `repositories: {team: {sources: [${sources}]}}`;

const sourcesOf = (sources: string) => readConfig(withSources(sources), "f").repositories["team"]?.sources;

/** What is wrong with the sources of the one repository, one problem a line, each beginning with its path. */
function problemsOf(sources: string): string[] {
  try {
    sourcesOf(sources);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split("\n").map((line) => line.replace(/^f:1:\d+: repositories\.team\.sources/, ""));
  }
}

describe("a registry of which little is said", () => {
  const defaults = { kind: "oci", url, plainHttp: false, recheck: 86_400 };

  test("gets every default, and all charts that it has", () => {
    expect(sourcesOf(`{url: "${url}"}`)).toEqual([{ ...defaults, charts: "catalog" }]);
  });

  test("beside an https:// source, gives the charts that this one lists, whichever stands first", () => {
    expect(sourcesOf(`${http}, {url: "${url}"}`)?.[1]).toEqual({ ...defaults, charts: "listed" });
    expect(sourcesOf(`{url: "${url}"}, ${http}`)?.[0]).toEqual({ ...defaults, charts: "listed" });
  });
});

test("every key of a registry is taken", () => {
  const keys = "charts: [api, my_sub.chart--x], credentials: TEAM_REGISTRY_2, recheck: 5m";
  expect(sourcesOf(`{url: "${url}", ${keys}}, ${http}`)?.[0]).toEqual({
    kind: "oci",
    url,
    charts: ["api", "my_sub.chart--x"],
    credentials: "TEAM_REGISTRY_2",
    plainHttp: false,
    recheck: 300,
  });
  expect(sourcesOf(`{url: "${url}", charts: catalog}, ${http}`)?.[0]).toHaveProperty("charts", "catalog");
});

describe("a registry's address", () => {
  test.each([
    ["oci://GHCR.io/prometheus-community/charts/", "oci://ghcr.io/prometheus-community/charts"],
    ["OCI://ghcr.io//", "oci://ghcr.io"],
    ["oci://localhost:5000", "oci://localhost:5000"],
    ["oci://registry.example.com:443/a", "oci://registry.example.com:443/a"],
    ["oci://127.1:05000/a", "oci://127.0.0.1:5000/a"],
    ["oci://[::1]:5000/a/b.c/d__e/f--g", "oci://[::1]:5000/a/b.c/d__e/f--g"],
  ])("is taken as it is meant: %s", (written, taken) => {
    expect(sourcesOf(`{url: "${written}"}`)?.[0]?.url).toBe(taken);
  });

  test.each([
    ["no host", "oci://", /"oci:\/\/" is not a registry's address; write one like oci:\/\/ghcr\.io/],
    ["no slashes", "oci:ghcr.io/x", /is not a registry's address/],
    ["three slashes", "oci:///x", /is not a registry's address/],
    ["a strange host", "oci://gh cr.io/x", /is not a registry's address/],
    ["a backslash", "oci://ghcr.io\\\\x", /is not a registry's address/],
    ["a strange port", "oci://ghcr.io:https/x", /is not a registry's address/],
    ["too high a port", "oci://ghcr.io:65536/x", /is not a registry's address/],
    ["credentials", "oci://me:hunter2@ghcr.io/x", /must not carry a user name .* `credentials: NAME`/],
    ["a password with a slash", "oci://me:hunter2/x@ghcr.io/x", /must not carry a user name/],
    ["a query", "oci://ghcr.io/x?a=b", /a registry has no use for "\?a=b"; leave it out/],
    ["a fragment", "oci://ghcr.io/x#y", /a registry has no use for "#y"; leave it out/],
    [
      "a tag",
      "oci://ghcr.io/team/charts/api:1.2.3",
      /every version is mirrored; write oci:\/\/ghcr\.io\/team\/charts without "api:1\.2\.3", and `charts: \[api\]`/,
    ],
    [
      "a digest",
      "oci://ghcr.io/api@sha256:00",
      /write oci:\/\/ghcr\.io without "api@sha256:00", and `charts: \[api\]`/,
    ],
    ["capitals in its path", "oci://ghcr.io/Team/charts", /"Team" cannot be part of a registry's path;/],
    ["an empty segment", "oci://ghcr.io/a//b", /"" cannot be part of a registry's path/],
    ["dots", "oci://ghcr.io/a/../b", /"\.\." cannot be part of a registry's path/],
    ["a percent sign", "oci://ghcr.io/a%2fb", /"a%2fb" cannot be part of a registry's path/],
    ["no end", `oci://ghcr.io/${"a".repeat(300)}`, /too long for a registry; it may have 255 characters/],
  ])("is refused with %s", (_what, written, message) => {
    const problems = problemsOf(`{url: "${written}"}`);
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(problems[0]).toMatch(/^\[0\]\.url: /);
    expect(problems[0]).not.toContain("hunter2");
  });

  test("is refused a second time, however it is spelt", () => {
    expect(problemsOf(`{url: "${url}"}, {url: "${url.replace("registry", "REGISTRY")}/"}`)).toEqual([
      `[1].url: ${url} is a source of this repository already; name all its charts there, and remove this one`,
    ]);
  });
});

describe("the charts of a registry", () => {
  test.each([
    [
      "an empty list",
      "[]",
      [/^\[0\]\.charts: the list is empty; name a chart, or write `listed` or `catalog`/],
    ],
    ["another word", "api", [/^\[0\]\.charts: "api" is neither; write .* or a list of charts like \[api\]$/]],
    ["a mapping", "{api: 1}", [/^\[0\]\.charts: this is no list; write `listed`, `catalog`, or a list/]],
    ["nothing", "", [/^\[0\]\.charts: has no value; write one, or remove the key/]],
    ["a name twice", "[api, worker, api]", [/^\[0\]\.charts\[2\]: this chart is in the list already/]],
    [
      "every wrong name at once",
      "[Api, api, team/api, 'api:1.0', 1.10, [api]]",
      [
        /^\[0\]\.charts\[0\]: "Api" cannot be a chart's name in a registry; write lower-case/,
        /^\[0\]\.charts\[2\]: "team\/api" is a path; write only its last segment here/,
        /^\[0\]\.charts\[3\]: "api:1\.0" cannot be a chart's name .* and no version/,
        /^\[0\]\.charts\[4\]: 1\.1 is not a text; put it in quotes/,
        /^\[0\]\.charts\[5\]: this is not a text; write the name of a chart/,
      ],
    ],
    [
      "those that are listed, where nothing lists them",
      "listed",
      [
        /^\[0\]\.charts: means the charts that an https:\/\/ source .* like \[api, worker\], or write `catalog`/,
      ],
    ],
  ])("are refused as %s", (_what, charts, messages) => {
    expect(problemsOf(`{url: "${url}", charts: ${charts}}`)).toEqual(
      messages.map((message) => expect.stringMatching(message)),
    );
  });

  test("may be the listed ones where the address of the other source is wrong, which is a problem already", () => {
    expect(problemsOf(`{url: example.com}, {url: "${url}", charts: listed}`)).toHaveLength(1);
  });
});

describe("credentials", () => {
  test.each(["me:hunter2", "hunter2", "team_hunter2", "_HUNTER2", "HUNTER2-X"])(
    "are the name of a secret, and never shown where they are not: %s",
    (written) => {
      const problems = problemsOf(`{url: "${url}", credentials: "${written}"}`);
      expect(problems).toEqual([
        expect.stringMatching(
          /^\[0\]\.credentials: this is not the name of a secret; .* wrangler secret put/,
        ),
      ]);
      expect(problems[0]).not.toMatch(/hunter2/i);
    },
  );

  test.each(["KV", "BUCKET", "KEEPER", "OPERATOR_TOKEN"])("cannot be called like the Worker's %s", (name) => {
    expect(problemsOf(`{url: "${url}", credentials: ${name}}`)).toEqual([
      `[0].credentials: ${name} is a name that the Worker itself uses; choose another name, like ${name}_LOGIN`,
    ]);
  });
});

describe("a registry without TLS", () => {
  const plain = (host: string, more = "") => `{url: "oci://${host}/charts", plainHttp: true${more}}`;
  const credentials = ", credentials: TEAM";

  test.each([
    "localhost:5000",
    "registry",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.0.1",
    "[::1]",
    "[fd00::1]",
    "a.local",
  ])("may ask for a password at %s, which is private", (host) => {
    expect(sourcesOf(plain(host, credentials))?.[0]).toMatchObject({ plainHttp: true, credentials: "TEAM" });
  });

  test.each([
    "example.com:80",
    "172.32.0.1",
    "8.8.8.8",
    "10.example.com",
    "127.0.0.1.example.com",
    "[2606::1]",
  ])("must not ask for a password at %s, which is public", (host) => {
    expect(problemsOf(plain(host))).toEqual([]);
    expect(problemsOf(plain(host, credentials))).toEqual([
      expect.stringMatching(/^\[0\]\.plainHttp: the password would travel to .* in the clear; remove/),
    ]);
  });

  test.each(["localhost", "a.localhost", "127.9.9.9", "10.0.0.1", "a.home.arpa", "[fc00::1]", "lan", "x"])(
    "is private for the Worker too at %s",
    (host) => {
      expect([isOnPrivateNetwork(host), isPrivateHost(host)]).toEqual([true, true]);
    },
  );

  test("says so by true and nothing else", () => {
    expect(problemsOf(`{url: "${url}", plainHttp: "yes"}`)).toEqual([
      '[0].plainHttp: "yes" is neither true nor false; write one of them, without quotes',
    ]);
  });
});

test("a key of the other kind of source is told, each at its place, with what to do instead", () => {
  const foreign = `charts: [], credentials: TEAM, plainHttp: true, recheck: 1d`;
  expect(problemsOf(`{url: "${url}", files: [a], rewrites: {}}`)).toEqual([
    "[0].files: is for https:// sources; a registry has no files beside an index, so remove it",
    "[0].rewrites: is for https:// sources; for a registry, write the address of the one to fetch from as `url`",
  ]);
  expect(problemsOf(`{url: "http://example.com", ${foreign.replace("[]", "[a]")}}`)).toEqual([
    "[0].charts: is for oci:// sources; the index of an https:// source says which charts there are, so remove it",
    "[0].credentials: is for oci:// sources; https:// sources are read without a user name, so remove it",
    "[0].plainHttp: is for oci:// sources; write http:// in `url` instead",
    "[0].recheck: is for oci:// sources; an https:// source is checked at every `interval`, so remove it",
  ]);
});

test("problems of both kinds of source are reported at once, with line and column", () => {
  const text = `repositories:
  team:
    sources:
      - url: https://example.com
        chart: [api]
        recheck: 1d
      - url: oci://example.com/team/Api:1
        credential: TEAM
        recheck: 1m
        files: []
        charts:
          - api
          - team/api
`;
  const told = [
    "f:5:9: repositories.team.sources[0].chart: is not a known key; did you mean charts?",
    "f:6:9: repositories.team.sources[0].recheck: is for oci:// sources; an https:// source is checked at every `interval`, so remove it",
    'f:7:14: repositories.team.sources[1].url: a source is the path above its charts, and every version is mirrored; write oci://example.com/team without "Api:1", and `charts: [Api]` if only that one is meant',
    "f:8:9: repositories.team.sources[1].credential: is not a known key; did you mean credentials?",
    "f:9:18: repositories.team.sources[1].recheck: 1m is too short; write 5m or more",
    "f:10:9: repositories.team.sources[1].files: is for https:// sources; a registry has no files beside an index, so remove it",
    'f:13:13: repositories.team.sources[1].charts[1]: "team/api" is a path; write only its last segment here, and what stands before it in a `url`',
  ];
  expect(() => readConfig(text, "f")).toThrow(expect.objectContaining({ message: told.join("\n") }));
});
