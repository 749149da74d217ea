import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import documentation from "../../docs/http.md?raw";
import { cachePolicy } from "../../src/http/cache-policy.ts";
import { edgeUnderTest, repositoryConfig, type EdgeUnderTest } from "../support/edge-under-test.ts";
import { markdownTable } from "../support/markdown-table.ts";
import { oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";
import { failing } from "../support/watched-stores.ts";
import { storeWithdrawals, withdrawalOf } from "../support/withdrawing.ts";

const columns = ["path", "methods", "answer", "cache", "validators", "ranges", "encodings", "errors"];
const rows = markdownTable(documentation, columns).map(
  ({
    path = "",
    methods = "",
    answer = "",
    cache = "",
    validators = "",
    ranges = "",
    encodings = "",
    errors = "",
  }) => ({
    path,
    methods: methods.split(", "),
    answer,
    cache,
    validators: validators === "none" ? [] : validators.split(", "),
    ranges,
    encodings: encodings.split(", "),
    errors: errors === "none" ? [] : errors.split(", "),
  }),
);
type Row = (typeof rows)[number];
const policies = new Map(
  markdownTable(documentation, ["cache", "Cache-Control"]).map((row) => [row["cache"], row["Cache-Control"]]),
);

const files = repositoryConfig(["artifacthub-repo.yml"]);
const config = { repositories: { stable: files, empty: files } };
const { current } = await storeTwoRevisions("stable");
// Nothing that is listed: what is, is left out, and then answers are made anew.
await storeWithdrawals(withdrawalOf("stable", "constructor", "0.1.0", { digests: ["1".repeat(64)] }));
const edge = edgeUnderTest({ config });
const rooted = edgeUnderTest({ config: { ...config, root: "stable" } });
const broken = edgeUnderTest({ config, kv: failing(env.KV), bucket: failing(env.BUCKET) });

/** What stands for the placeholders, so that all of it is there. */
const existing: Record<string, string> = {
  repository: "stable",
  chart: "alpha",
  file: "alpha-1.0.0.tgz",
  version: "1.0.0",
  sha256: current.charts["alpha"]?.find(({ version }) => version === "1.0.0")?.digest ?? "",
  N: "2",
  n: "1",
  date: "2026-11-02",
  timestamp: "2026-11-02T12:00:00+01:00",
  revision: oldRevision,
};
const fill = (path: string, instead: Record<string, string> = {}): string =>
  path.replaceAll(/<(\w+)>/g, (_, name: string) => {
    const value = instead[name] ?? existing[name];
    if (value === undefined) throw new Error(`nobody knows what <${name}> is`);
    return value;
  });

interface Ask {
  under?: EdgeUnderTest;
  instead?: Record<string, string>;
  headers?: Record<string, string>;
}

/** Every way to get something wrong; those of which a path has nothing change nothing. */
const mistakes: Ask[] = [
  { instead: { repository: "nobody" } },
  { instead: { repository: "empty" } },
  { instead: { chart: "nothing" } },
  { instead: { file: "alpha-9.9.9.tgz" } },
  { instead: { file: "alpha-0.9.0+up1.tgz" } }, // which is not signed
  { instead: { version: "9.9.9" } },
  { instead: { sha256: "0".repeat(64) } },
  {
    instead: {
      chart: "constructor",
      file: "constructor-0.1.0.tgz",
      version: "0.1.0",
      sha256: "1".repeat(64),
    },
  },
  { instead: { N: "11", date: "2026-02-30", timestamp: "now", revision: "head" } },
  { instead: { date: "2020-01-01", timestamp: "2020-01-01T00:00:00Z", revision: "0c".repeat(16) } },
  { instead: { date: "2999-01-01", timestamp: "2999-01-01T00:00:00Z" } },
  { instead: { n: "x" } },
  { headers: { Range: "bytes=9999999-" } },
  { under: broken },
];

const request = async (row: Row, method: string, { under = edge, instead, headers = {} }: Ask = {}) => {
  const response = await under.request(fill(row.path, instead), { method, headers });
  return { response, body: await response.bytes() };
};
const typeOf = (response: Response) => response.headers.get("content-type")?.split(";")[0];

test("the page lists paths, and every way to be kept", () => {
  expect(rows.length).toBeGreaterThan(30);
  const { indexForOne: _, ...named } = cachePolicy;
  expect(Object.fromEntries(policies)).toEqual(named);
  const { withdrawn: _refusal, ...answers } = named;
  expect(new Set(rows.map(({ cache }) => cache))).toEqual(new Set(Object.keys(answers)));
});

describe.each(rows)("$path", (row) => {
  test("answers the methods that it says, and as it says", async () => {
    for (const method of row.methods) {
      const { response } = await request(row, method);
      const [status, type] = row.answer.split(" ");
      expect({ method, status: response.status, type: typeOf(response) }).toEqual({
        method,
        status: Number(status),
        type,
      });
      expect(response.headers.get("cache-control")).toBe(policies.get(row.cache));
    }
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      if (row.methods.includes(method)) continue;
      expect({ method, status: (await request(row, method)).response.status }).toEqual({
        method,
        status: 405,
      });
    }
  });

  test("has the validators that it says, and knows them again", async () => {
    const { response } = await request(row, "GET");
    const [etag, modified] = [response.headers.get("etag"), response.headers.get("last-modified")];
    expect({ etag: etag !== null, modified: modified !== null }).toEqual({
      etag: row.validators.includes("ETag"),
      modified: row.validators.includes("Last-Modified"),
    });
    for (const method of row.methods) {
      const byTag = await request(row, method, { headers: { "If-None-Match": etag ?? "*" } });
      expect(byTag.response.status === 304).toBe(etag !== null);
      const byDate = await request(row, method, {
        headers: { "If-Modified-Since": modified ?? "Thu, 01 Jan 2099 00:00:00 GMT" },
      });
      expect(byDate.response.status === 304).toBe(modified !== null);
    }
  });

  test("cuts ranges or ignores them, as it says", async () => {
    const whole = await request(row, "GET");
    const part = await request(row, "GET", { headers: { Range: "bytes=1-2" } });
    if (row.ranges === "bytes") {
      expect(part.response.status).toBe(206);
      expect(part.body).toEqual(whole.body.slice(1, 3));
      expect(whole.response.headers.get("accept-ranges")).toBe("bytes");
    } else {
      expect(row.ranges).toBe("ignored");
      expect(part.response.status).toBe(whole.response.status);
      expect(part.body).toEqual(whole.body);
      expect(whole.response.headers.get("accept-ranges")).toBeNull();
    }
  });

  test("is compressed only for who asks, where it says so", async () => {
    const plain = await request(row, "GET");
    const asked = await request(row, "GET", { headers: { "Accept-Encoding": "gzip" } });
    expect(plain.response.headers.get("content-encoding")).toBeNull();
    const found = asked.response.headers.get("content-encoding") ?? "identity";
    expect(found).toBe(row.encodings.includes("gzip") ? "gzip" : "identity");
    expect(row.encodings).toContain("identity");
    if (found === "identity") {
      expect(asked.body).toEqual(plain.body);
      return;
    }
    expect(asked.response.headers.get("etag")).not.toBe(plain.response.headers.get("etag"));
    const unpacked = new Blob([asked.body]).stream().pipeThrough(new DecompressionStream("gzip"));
    expect(await new Response(unpacked).bytes()).toEqual(plain.body);
  });

  test("refuses with the errors that it says, and with no others", async () => {
    const found = new Set<string>();
    for (const mistake of mistakes) {
      const headers = { Accept: "application/json", ...mistake.headers };
      const { response, body } = await request(row, "GET", { ...mistake, headers });
      if (response.status < 400) continue;
      const kept = response.status === 410 ? policies.get("withdrawn") : "no-store";
      expect(response.headers.get("cache-control")).toBe(kept);
      const { error }: { error: { code: string } | string } = JSON.parse(new TextDecoder().decode(body));
      found.add(typeof error === "string" ? `${response.status}` : `${response.status} ${error.code}`);
    }
    expect([...found].toSorted()).toEqual(row.errors.toSorted());
  });
});

test.for(
  rows.filter(({ path, answer }) => path.includes("<repository>") && /^200 (?!text\/html)/.test(answer)),
)("$path is there for the root repository without its name", async (row) => {
  const named = await request(row, "GET");
  const nameless = row.path.replace(/<repository>\/?/, "");
  const root = await request({ ...row, path: nameless }, "GET", { under: rooted });
  expect(Object.fromEntries(root.response.headers)).toEqual(Object.fromEntries(named.response.headers));
  expect(root.body).toEqual(named.body);
});
