import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { headKey, historyKey, revisionKey, type RevisionDocument } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { newRevision, oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";
import { counting, type ReadLog } from "../support/watched-stores.ts";

const { current } = await storeTwoRevisions("stable");
const config = { repositories: { stable: repositoryConfig(["artifacthub-repo.yml"]) } };
const head = `kv ${headKey("stable")}`;
const originHead = `r2 ${headKey("stable")}`;
const history = `r2 ${historyKey("stable")}`;
const near = (document: RevisionDocument, revision = newRevision) =>
  `kv ${revisionKey("stable", revision, document)}`;
const origin = (document: RevisionDocument, revision = newRevision) =>
  `r2 ${revisionKey("stable", revision, document)}`;
const archive = `r2 archives/sha256/${current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest}`;

/**
 * What a request reads where nothing is kept in memory, but for the status, which is read once a minute, and what is
 * withdrawn, which is read every ten seconds.
 */
async function readsOf(requests: [path: string, init?: RequestInit][]): Promise<string[]> {
  return (await allReadsOf(requests)).filter((line) => !line.endsWith(" withdrawals"));
}

async function allReadsOf(requests: [path: string, init?: RequestInit][]): Promise<string[]> {
  const logs: { kv: ReadLog; r2: ReadLog } = { kv: [], r2: [] };
  const edge = edgeUnderTest({
    config,
    kv: counting(env.KV, logs.kv),
    bucket: counting(env.BUCKET, logs.r2),
  });
  for (const [path, init] of requests) {
    logs.kv.length = logs.r2.length = 0;
    await (await edge.request(path, init)).bytes();
  }
  return Object.entries(logs)
    .flatMap(([store, log]) => log.map((line) => line.replace(/^\w+/, store)))
    .filter((line) => !line.endsWith("/status"))
    .toSorted();
}

const unchanged = { headers: { "If-None-Match": "*" } };

test.for<[string, RequestInit, string[]]>([
  ["/stable/index.yaml", {}, [head, near("index.json")]],
  ["/stable/index.yaml", { headers: { "Accept-Encoding": "gzip" } }, [head, near("index.json.gz")]],
  ["/stable@latest/index.yaml", {}, [head, near("latest.json")]],
  ["/stable@latest/index.yaml", { headers: { "Accept-Encoding": "gzip" } }, [head, near("latest.json.gz")]],
  ["/stable@latest/index.yaml", { method: "HEAD" }, [head]],
  ["/stable@latest/index.yaml", unchanged, [head]],
  ["/stable@latest-2/index.yaml", {}, [head, origin("newest.txt")]],
  ["/stable@latest-2/index.yaml", { method: "HEAD" }, [head]],
  ["/stable/alpha/index.yaml", {}, [head, near("contents.json"), origin("index.json")]],
  ["/stable/alpha/index.yaml", { method: "HEAD" }, [head, near("contents.json")]],
  ["/stable/alpha/index.yaml", unchanged, [head, near("contents.json")]],
  ["/stable@latest/alpha/index.yaml", {}, [head, near("contents.json"), origin("index.json")]],
  ["/stable/nothing/index.yaml", {}, [head, near("contents.json")]],
  [`/stable@${oldRevision}/index.yaml`, {}, [originHead, history, near("index.json", oldRevision)]],
  [
    "/stable@2026-11-02/index.yaml",
    { method: "HEAD" },
    [originHead, history, near("index.json", oldRevision)],
  ],
  [
    "/stable@2026-11-02/alpha/index.yaml",
    {},
    [originHead, history, near("contents.json", oldRevision), origin("index.json", oldRevision)],
  ],
  ["/stable@2027-11-02/index.yaml", {}, []],
  ["/stable/alpha-1.1.0.tgz", {}, [head, near("contents.json"), origin("index.json"), archive]],
  ["/stable/history.json", {}, [history]],
  ["/api/stable/charts", {}, [head, origin("index.json")]],
  ["/api/stable/charts?limit=2", {}, [head, near("contents.json"), origin("index.json")]],
  ["/api/stable/charts?limit=2", unchanged, [head, near("contents.json")]],
  ["/api/stable/charts/alpha", {}, [head, near("contents.json"), origin("index.json")]],
  ["/api/stable/charts/alpha/1.0.0", {}, [head, near("contents.json"), origin("index.json")]],
  ["/api/stable@latest/charts", {}, [head, origin("newest.txt")]],
])("%s with %j reads no more than it needs", async ([path, init, reads]) => {
  expect(await readsOf([[path, init]])).toEqual(reads.toSorted());
});

test("the table of contents of a revision is read once", async () => {
  const warm = [head, origin("index.json")].toSorted();
  expect(await readsOf([["/stable/alpha/index.yaml"], ["/stable/constructor/index.yaml"]])).toEqual(warm);
  expect(await readsOf([["/api/stable/charts?limit=1"], ["/stable/alpha/index.yaml"]])).toEqual(warm);
  expect(
    await readsOf([["/stable/alpha-1.0.0.tgz"], ["/stable/alpha/index.yaml", { method: "HEAD" }]]),
  ).toEqual([head]);
  expect(
    await readsOf([[`/stable@${oldRevision}/alpha/index.yaml`], ["/stable/alpha/index.yaml"]]),
  ).toContain(near("contents.json"));
});

test("what is withdrawn is read once for many requests, whatever they are for", async () => {
  const archivePath = `/stable/${current.charts["alpha"]?.[0]?.path}`;
  for (const path of ["/stable/index.yaml", "/stable/alpha/index.yaml", archivePath, "/api/stable/charts"]) {
    // Not there yet, so that R2 and KV are both asked.
    expect(await allReadsOf([[path]])).toEqual(expect.arrayContaining(["kv withdrawals", "r2 withdrawals"]));
    expect((await allReadsOf([[path], [path]])).filter((line) => line.endsWith(" withdrawals"))).toEqual([]);
  }
});
