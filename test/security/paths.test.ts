import { env } from "cloudflare:test";
import * as fc from "fast-check";
import { expect, inject, test } from "vitest";
import { fileKey, ociBlobKey, ociManifestKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { registryUnderTest } from "../support/registry-under-test.ts";
import { storeTwoRevisions } from "../support/two-revisions.ts";
import { counting, type ReadLog } from "../support/watched-stores.ts";

// A client that wants to read what is none of his path's business: another repository, another key, the head of
// something that is not configured.

const { current } = await storeTwoRevisions("stable");
await storeTwoRevisions("other");
await storeTwoRevisions("retired"); // still in the stores, and not in the configuration any more
const digest = current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest ?? "";
await env.BUCKET.put(fileKey("stable", "secret.txt"), "not configured");

const logs: ReadLog = [];
const stores = { kv: counting(env.KV, logs), bucket: counting(env.BUCKET, logs) };
const config = {
  root: "stable",
  repositories: {
    stable: repositoryConfig(["artifacthub-repo.yml"]),
    other: repositoryConfig(),
    "stable-two": repositoryConfig(),
  },
};
const edge = edgeUnderTest({ config, ...stores });
const registry = registryUnderTest({ config, ...stores });

/** Everything that may ever be read for a request; what a digest names, and what is withdrawn, belongs to nobody. */
const ofNobody =
  /^(?:withdrawals|(?:archives\/sha256|oci\/manifests\/sha256|oci\/blobs\/sha256)\/[0-9a-f]{64})$/;
const ofRepository =
  /^repositories\/(stable|other|stable-two)\/(?:head|status|history|files\/artifacthub-repo\.yml|upstream\/[0-9a-f]{64}|provenance\/[0-9a-f]{64}|revisions\/[0-9a-f]{32}\/(?:index\.json|latest\.json|index\.json\.gz|latest\.json\.gz|newest\.txt|contents\.json|registry\.txt))$/;

/** @returns the repositories that were read, each once */
async function repositoriesReadFor(path: string): Promise<string[]> {
  logs.length = 0;
  const answer = path.startsWith("/v2/")
    ? await registry.request(`https://charts.example${path}`)
    : await edge.request(`https://charts.example${path}`);
  await answer.bytes();
  expect(answer.status).toBeLessThan(500 + Number(answer.status === 503) * 100);
  const keys = logs.map((line) => line.slice(line.indexOf(" ") + 1));
  expect(keys.filter((key) => !ofNobody.test(key) && !ofRepository.test(key))).toEqual([]);
  return [...new Set(keys.flatMap((key) => ofRepository.exec(key)?.[1] ?? []))];
}

const escapes = [
  "..",
  "%2e%2e",
  "%2E%2e",
  ".%2e",
  "%252e%252e",
  "..%2f",
  "%2f",
  "%5c..%5c",
  "..\\",
  "..;",
  "%00",
  "%0a",
  "%0d%0aX:y",
  "%c0%ae%c0%ae",
  "%e0%80%ae",
  "%ff",
  "%u002e",
  "．．",
  "%EF%BC%8E%EF%BC%8E",
  "‥",
  "@",
  "@@",
  "stable@",
  "@other",
  "STABLE",
  "Stable",
  "ſtable",
  "%CF%83table",
  "stable%20",
  "stable.",
  "stable%00other",
  "*",
  "~",
  "",
  "a".repeat(20_000),
  "%61".repeat(5_000),
];

const goals = [
  "other/index.yaml",
  "retired/index.yaml",
  "other/head",
  "repositories/other/head",
  "repositories/other/status",
  "files/secret.txt",
  "secret.txt",
  `archives/sha256/${digest}`,
  `charts/${digest}/x.tgz.prov`,
  "alpha/../../other/alpha/index.yaml",
];

const paths = escapes.flatMap((escape) =>
  goals.flatMap((goal) => [
    `/${escape}/${goal}`,
    `/stable/${escape}/${goal}`,
    `/stable/alpha/${escape}/${escape}/${goal}`,
    `/stable@${escape}/${goal}`,
    `/api/stable/${escape}/${goal}`,
    `/v2/stable/${escape}/${goal}`,
    `/v2/stable/alpha/manifests/${escape}${goal}`,
    `/v2/stable/alpha/blobs/sha256:${escape}${goal}`,
  ]),
);

test("no path reads a key that it should not, nor another repository than it names", async () => {
  const strayed: string[] = [];
  const read = new Set<string>();
  for (const path of paths) {
    // What dot segments lead to is another path for every client and every cache, before anything here sees it.
    const { pathname } = new URL(path, "https://charts.example");
    const repositories = await repositoriesReadFor(path);
    for (const repository of repositories) read.add(repository);
    const namesOther = /^\/(?:api\/|v2\/)?other[@/]/.test(pathname);
    if (!namesOther && repositories.includes("other")) strayed.push(path);
  }
  expect(strayed).toEqual([]);
  expect(read).toEqual(new Set(["stable", "other"])); // some of them do lead somewhere
}, 30_000);

test("no path of any characters reads a key that it should not", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...escapes.slice(0, -2),
      "stable",
      "other",
      "retired",
      "alpha",
      "charts",
      "index.yaml",
      digest,
    ),
    fc.string({ unit: "grapheme", maxLength: 12 }).map(encodeURIComponent),
    fc.string({ unit: "binary", maxLength: 12 }).map((text) => encodeURIComponent(text.toWellFormed())),
    fc.webSegment(),
  );
  const path = fc
    .tuple(
      fc.constantFrom("/", "/v2/", "/api/", "/stable/", "/v2/stable/", "/stable@"),
      fc.array(piece, { maxLength: 5 }),
    )
    .map(([begin, pieces]) => begin + pieces.join("/"));
  await fc.assert(
    fc.asyncProperty(path, async (written) => void (await repositoriesReadFor(written))),
    {
      numRuns: inject("thorough") ? 5_000 : 500,
    },
  );
}, 30_000);

test.each(["STABLE", "Stable", "ſtable", "stable.", "stable ", "stable\u0000", "ｓtable", "sta\u0301ble"])(
  "%j is not the repository that it looks like",
  async (name) => {
    const answer = await edge.request(`/${encodeURIComponent(name)}/index.yaml`);
    expect(answer.status).toBe(404);
  },
);

test("a chart's name in another Unicode form is another name", async () => {
  const composed = "žluť".normalize("NFC");
  expect((await edge.request(`/stable/${encodeURIComponent(composed)}/index.yaml`)).status).toBe(200);
  const decomposed = composed.normalize("NFD");
  expect((await edge.request(`/stable/${encodeURIComponent(decomposed)}/index.yaml`)).status).toBe(404);
});

test("what is stored and not configured is not there", async () => {
  for (const path of ["/retired/index.yaml", "/retired/", "/api/retired/charts", "/stable/secret.txt"]) {
    expect((await edge.request(path)).status).toBe(404);
  }
  expect((await registry.request("retired/alpha/tags/list")).status).toBe(404);
});

test("provenance is that of the repository in the path, also for bytes that another one has, too", async () => {
  const { key } = { key: `repositories/other/provenance/${digest}` };
  await env.BUCKET.put(key, "-----BEGIN PGP SIGNED MESSAGE----- of somebody else");
  const mine = await (await edge.request(`/stable/charts/${digest}/alpha-1.1.0.tgz.prov`)).text();
  expect(mine).not.toContain("somebody else");
  const theirs = await (await edge.request(`/other/charts/${digest}/alpha-1.1.0.tgz.prov`)).text();
  expect(theirs).toContain("somebody else");
});

test("a blob is no manifest, and a manifest no blob, whoever stored it", async () => {
  const planted = "ab".repeat(32);
  await env.BUCKET.put(ociBlobKey(planted), '{"schemaVersion":2}');
  expect((await registry.request(`stable/alpha/manifests/sha256:${planted}`)).status).toBe(404);
  const other = "cd".repeat(32);
  await env.BUCKET.put(ociManifestKey(other), '{"schemaVersion":2}');
  expect((await registry.request(`stable/alpha/blobs/sha256:${other}`)).status).toBe(404);
});
