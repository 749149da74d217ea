import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { slow } from "../support/upstream/faults.ts";
import { generatedSite } from "../support/upstream/generated-site.ts";
import { startUpstream } from "../support/upstream/upstream.ts";

let state: string;

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "chartkeep-state-"));
});
afterEach(async () => {
  await rm(state, { recursive: true, force: true, maxRetries: 5 });
});

/** Every URL of the index answers with bytes of the digest listed beside it. */
async function expectWhole(mirror: Mirror, name: string): Promise<number> {
  const listed = await mirror.listed(name);
  for (const { digest, urls } of listed)
    expect(sha256(await mirror.bytes(`${name}/${urls[0]}`))).toBe(digest);
  return listed.length;
}

test("a fill that is cut off goes on where it stopped, fetches no archive twice and loses none", async () => {
  const repository = generateRepository({ charts: 4, versions: 200 });
  await using upstream = await startUpstream(generatedSite(repository));
  upstream.fault(/\.tgz$/, slow(30));
  const web = { url: upstream.url, budget: { archives: 20 } };
  await using first = await startMirror({ web }, { state });
  await first.waitFor("web", ({ versions }) => versions.listed >= 40);
  await first.stop();
  const fetched = upstream.requestsFor(/\.tgz$/).filter((request) => request.status === 200).length;
  expect(fetched).toBeLessThan(200);
  upstream.clearFaults();

  await using second = await startMirror({ web }, { state });
  expect(await expectWhole(second, "web")).toBeGreaterThanOrEqual(40);
  await second.sync("web", 50);
  expect(await expectWhole(second, "web")).toBe(200);
  // What was in flight when the first one ended may be fetched once more: at most six at a time.
  expect(upstream.requestsFor(/\.tgz$/).length).toBeLessThanOrEqual(206);
});

test("at every moment of a fill, whatever the index lists is there", async () => {
  const repository = generateRepository({ charts: 6, versions: 120 });
  await using upstream = await startUpstream(generatedSite(repository));
  upstream.fault(/\.tgz$/, slow(10));
  await using mirror = await startMirror({ web: { url: upstream.url, budget: { archives: 10 } } });
  const seen = new Set<number>();
  for (let listed = 0; listed < 120;) {
    await mirror.waitFor("web", ({ versions }) => versions.listed > listed);
    listed = await expectWhole(mirror, "web");
    seen.add(listed);
  }
  expect(seen.size).toBeGreaterThan(2);
  expect(upstream.concurrentMaximum).toBeLessThanOrEqual(6);
});

test("the newest version of every chart is copied first", async () => {
  const repository = generateRepository({ charts: 5, versions: 50 });
  await using upstream = await startUpstream(generatedSite(repository));
  await using mirror = await startMirror({ web: { url: upstream.url } });
  await mirror.sync("web");
  const first = upstream.requestsFor(/\.tgz$/).slice(0, 5);
  const newest = repository.charts.map((chart) => `${chart}-${repository.versions(chart)[0]}.tgz`);
  expect(first.map(({ path }) => path).toSorted()).toEqual(newest.toSorted());
});

test("what is kept on disk is served after a restart while the upstream is gone", async () => {
  const repository = generateRepository({ charts: 2, versions: 10 });
  await using upstream = await startUpstream(generatedSite(repository));
  await using first = await startMirror({ web: { url: upstream.url } }, { state });
  await first.sync("web");
  const index = await first.indexText("web");
  await first.stop();
  await upstream.close();

  await using second = await startMirror({ web: { url: upstream.url } }, { state });
  expect(await second.indexText("web")).toBe(index);
  await second.waitFor("web", ({ sources }) => sources[0]?.state === "failing");
  expect(await second.indexText("web")).toBe(index);
  expect(await expectWhole(second, "web")).toBe(10);
});

test("the same upstream gives the same bytes, the same tag and the same revision on every mirror", async () => {
  const repository = generateRepository({ charts: 3, versions: 30, entryBytes: 1500 });
  await using upstream = await startUpstream(generatedSite(repository));
  await using gradual = await startMirror({
    web: { url: upstream.url, budget: { archives: 7, entries: 11 } },
  });
  await gradual.sync("web");
  repository.addVersion(repository.charts[1] ?? "", "9.0.0");
  repository.addVersion("another", "1.0.0");
  await gradual.sync("web");
  await using fresh = await startMirror({ web: { url: upstream.url } });
  await fresh.sync("web");
  expect(await fresh.indexText("web")).toBe(await gradual.indexText("web"));
  const tags = [await gradual.fetch("web/index.yaml"), await fresh.fetch("web/index.yaml")];
  expect(tags[0]?.headers.get("etag")).toBe(tags[1]?.headers.get("etag"));
  expect((await fresh.status("web")).revision).toBe((await gradual.status("web")).revision);
});

test("a check that finds nothing new costs one conditional request, no publication and no write to KV", async () => {
  const repository = generateRepository({ charts: 2, versions: 20 });
  await using upstream = await startUpstream(generatedSite(repository));
  await using mirror = await startMirror({ web: { url: upstream.url } }, { state });
  const { revision, publishedAt } = await mirror.sync("web");
  const stored = await filesBelow(state, /\bkv\b/);
  expect(stored).not.toEqual([]);
  const before = await mirror.sync("web");
  upstream.forgetRequests();
  const after = await mirror.waitFor(
    "web",
    ({ sources }) => sources[0]?.checkedAt !== before.sources[0]?.checkedAt,
  );
  expect(upstream.requests).toMatchObject([{ method: "GET", path: "index.yaml", status: 304 }]);
  expect(after).toMatchObject({ revision, publishedAt, sources: [{ state: "ok", consecutiveFailures: 0 }] });
  expect(await filesBelow(state, /\bkv\b/)).toEqual(stored);
});

/** Every value that is written becomes a file of its own in the embedded storage. */
async function filesBelow(directory: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files
    .filter((file) => pattern.test(file.slice(directory.length)) && file.includes("blobs"))
    .toSorted();
}

test("an upstream that is down from the beginning is filled once it comes up", async () => {
  const published = new PublishedCharts();
  published.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
  await using upstream = await startUpstream(published.site.site);
  await upstream.close();
  await using mirror = await startMirror({ web: { url: upstream.url } });
  await mirror.waitFor("web", (now) => now.sources[0]?.state === "failing");
  expect((await mirror.fetch("web/index.yaml")).status).toBeGreaterThanOrEqual(400);
  await upstream.listen();
  await mirror.waitFor("web", ({ versions }) => versions.listed === 1);
});
