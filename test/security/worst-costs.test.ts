import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import documentation from "../../docs/security.md?raw";
import { headKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { markdownTable } from "../support/markdown-table.ts";
import { registryUnderTest } from "../support/registry-under-test.ts";
import { oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";
import { counting, type ReadLog, without } from "../support/watched-stores.ts";

// Denial of service by what is dear: what a single request can cost at the very worst, in operations that are paid for.

const { current } = await storeTwoRevisions("stable");
await storeTwoRevisions("behind");
// KV fell so far behind that what its head leads to is collected: everything is looked up twice.
const head: object = JSON.parse((await (await env.BUCKET.get(headKey("behind")))?.text()) ?? "{}");
await env.KV.put(headKey("behind"), JSON.stringify({ ...head, revision: "0c".repeat(16) }));

const digest = current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest ?? "";
const existing: Record<string, string> = {
  chart: "alpha",
  sha256: digest,
  revision: oldRevision,
  file: "alpha-1.1.0.tgz",
  tag: "1.1.0",
  version: "1.1.0",
  unknown: "0".repeat(64),
};

const columns = ["path", "storage operations", "held in memory", "time grows with"];
const rows = markdownTable(documentation, columns).map((row) => ({
  path: row["path"] ?? "",
  operations: row["storage operations"] ?? "",
}));

/** Operations of one request to an isolate that has nothing in its memory. */
async function operationsOf(path: string, repository: string, isKvEmpty: boolean): Promise<number> {
  const log: ReadLog = [];
  const options = {
    config: { repositories: { [repository]: repositoryConfig(["artifacthub-repo.yml"]) } },
    kv: counting(isKvEmpty ? without(env.KV, /^/) : env.KV, log),
    bucket: counting(env.BUCKET, log),
  };
  const filled = path
    .replaceAll("<repository>", repository)
    .replaceAll(/<(\w+)>/g, (_, name: string) => existing[name] ?? "");
  const under = filled.startsWith("/v2") ? registryUnderTest(options) : edgeUnderTest(options);
  const response = await under.request(`https://charts.example${filled}`);
  await response.arrayBuffer();
  expect(response.status).toBeLessThan(500);
  return log.length;
}

test("each kind of path is in the table", () => {
  expect(rows.length).toBeGreaterThan(25);
});

test.each(rows)("$path costs $operations storage operations at most", async ({ path, operations }) => {
  const counts = [
    await operationsOf(path, "stable", false),
    await operationsOf(path, "stable", true),
    await operationsOf(path, "behind", false),
  ];
  expect(`${Math.max(...counts)}`).toBe(/^\d+/.exec(operations)?.[0]);
});

test("what nobody has costs no more than what is there", async () => {
  const costs = new Map(rows.map(({ path, operations }) => [path, Number(/^\d+/.exec(operations)?.[0])]));
  const absent: [row: string, asked: string][] = [
    ["/<repository>/<chart>/index.yaml", "/<repository>/nothing/index.yaml"],
    ["/<repository>/<file>", "/<repository>/alpha-9.9.9.tgz"],
    ["/<repository>/<file>", "/<repository>/a-b-c-1-2-3-4-5-6-7-8.tgz"],
    ["/<repository>@<revision>/index.yaml", `/<repository>@${"0d".repeat(16)}/index.yaml`],
    ["/<repository>/charts/<sha256>/<file>", `/<repository>/charts/${"0".repeat(64)}/<file>`],
    ["/api/<repository>/charts/<chart>/<version>", "/api/<repository>/charts/<chart>/9.9.9"],
    ["/v2/<repository>/<chart>/manifests/<tag>", "/v2/<repository>/<chart>/manifests/9.9.9"],
    [
      "/v2/<repository>/<chart>/manifests/sha256:<sha256>",
      `/v2/<repository>/<chart>/manifests/sha256:${"0".repeat(64)}`,
    ],
  ];
  for (const [row, asked] of absent) {
    expect({ asked, count: (await operationsOf(asked, "behind", false)) <= (costs.get(row) ?? 0) }).toEqual({
      asked,
      count: true,
    });
  }
});

test("nothing asks a store for a configured name that is not a repository", async () => {
  for (const path of [
    "/nowhere/index.yaml",
    "/v2/nowhere/alpha/tags/list",
    "/api/nowhere/charts",
    "/x",
    "/%00",
  ]) {
    expect(await operationsOf(path, "stable", false)).toBe(0);
  }
});
