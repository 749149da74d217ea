import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import {
  type Fault,
  content,
  cutFile,
  drip,
  emptyBody,
  endless,
  hang,
  htmlPage,
  lyingEtag,
  rateLimited,
  redirect,
  redirectChain,
  redirectLoop,
  resetAfter,
  status,
  truncated,
} from "../support/upstream/faults.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const conflict = `apiVersion: v1
<<<<<<< HEAD
entries: {}
=======
entries:
  web: []
>>>>>>> gh-pages
`;

/** 64 MB of an index that begins well, in 64 kB on the way. */
const bomb = gzipSync(`apiVersion: v1\nentries:\n${"#\n".repeat(32 * 1024 * 1024)}`, { level: 9 });

/** What an index can turn into, and the code that the status then gives. */
const outages: [name: string, fault: Fault, code: string][] = [
  ["status-404", status(404), "not-found"],
  ["status-410", status(410), "not-found"],
  ["status-401", status(401), "refused"],
  ["status-403", status(403), "refused"],
  ["status-500", status(500), "http-status"],
  ["status-503", status(503), "http-status"],
  ["status-204", status(204), "http-status"],
  ["status-429", status(429), "rate-limited"],
  ["retry-after", rateLimited(1, 503), "rate-limited"],
  ["html-page", htmlPage(), "html"],
  ["zero-bytes", emptyBody(), "empty"],
  ["one-byte", content("\n"), "empty"],
  ["no-entries", content("apiVersion: v1\nentries: {}\n"), "emptied"],
  ["no-api-version", content("entries: {}\ngenerated: now\n"), "not-an-index"],
  ["conflict-markers", content(conflict), "conflict-markers"],
  ["binary", content(Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) % 256)), "binary"],
  ["cut-file", cutFile(400), "truncated"],
  ["truncated", truncated(400), "unreachable"],
  ["truncated-chunks", truncated(400, "chunked"), "unreachable"],
  ["truncated-silently", truncated(400, "close"), "truncated"],
  ["reset", resetAfter(0), "unreachable"],
  ["reset-in-body", resetAfter(400), "unreachable"],
  ["hang", hang(), "timeout"],
  ["hang-before-body", hang("body"), "timeout"],
  ["drip", drip(1), "timeout"],
  ["endless", endless(), "too-large"],
  ["gzip-bomb", content(bomb, { "content-encoding": "gzip" }), "too-large"],
  ["redirect-loop", redirectLoop(), "too-many-redirects"],
  ["redirect-chain", redirectChain(9), "too-many-redirects"],
  ["redirect-to-nowhere", redirect("http://127.0.0.1:9/index.yaml"), "unreachable"],
  ["redirect-to-file", redirect("file:///etc/passwd"), "forbidden-address"],
];

describe("an upstream that breaks", () => {
  const charts = new Map(
    ["healthy", ...outages.map(([name]) => name)].map((name) => [name, new PublishedCharts()]),
  );
  const before = new Map<string, string>();
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    for (const [name, published] of charts) {
      for (const version of ["1.0.0", "1.1.0", "1.2.0"]) {
        published.publish(name, version, { archive: await smallChart(name, version) });
      }
    }
    upstream = await startUpstream(
      sitesByFolder(Object.fromEntries([...charts].map(([name, { site }]) => [name, site.site]))),
    );
    mirror = await startMirror(
      Object.fromEntries(
        [...charts.keys()].map((name) => [
          name,
          { url: `${upstream.url}/${name}`, limits: { indexBytes: 1024 * 1024, indexSeconds: 2 } },
        ]),
      ),
    );
    await Promise.all([...charts.keys()].map((name) => mirror.sync(name)));
    for (const name of charts.keys()) before.set(name, await mirror.indexText(name));
    for (const [name, fault] of outages) upstream.fault(new RegExp(`^${name}/`), fault);
    // New versions appear everywhere, but only the healthy upstream can be read.
    for (const [name, published] of charts) {
      published.publish(name, "2.0.0", { archive: await smallChart(name, "2.0.0") });
    }
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  describe.each(outages)("%s", (name, _, code) => {
    test("is told as failing, with a code", async () => {
      const { sources } = await mirror.waitFor(name, (now) => now.sources[0]?.state === "failing");
      expect(sources).toMatchObject([{ state: "failing", error: { code, message: expect.any(String) } }]);
      expect(sources[0]?.consecutiveFailures).toBeGreaterThan(0);
    });

    test("leaves the index and every archive as they were", async () => {
      expect(await mirror.indexText(name)).toBe(before.get(name));
      for (const { version, urls } of await mirror.listed(name)) {
        expect(await mirror.bytes(`${name}/${urls[0]}`)).toEqual(await smallChart(name, version));
      }
    });
  });

  test("costs no other repository", async () => {
    await mirror.waitFor("healthy", ({ versions }) => versions.listed === 4);
    expect((await mirror.status("healthy")).sources[0]?.state).toBe("ok");
  });

  test("is read again as soon as it is well", async () => {
    upstream.clearFaults();
    for (const [name] of outages) {
      const { sources } = await mirror.waitFor(name, ({ versions }) => versions.listed === 4);
      expect(sources).toMatchObject([{ state: "ok", consecutiveFailures: 0, error: null }]);
      expect(await mirror.bytes(`${name}/${name}-2.0.0.tgz`)).toEqual(await smallChart(name, "2.0.0"));
    }
  });
});

test("an upstream that refuses connections changes nothing, and is read again when it is back", async () => {
  const published = new PublishedCharts();
  published.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
  await using upstream = await startUpstream(published.site.site);
  await using mirror = await startMirror({ web: { url: upstream.url } });
  await mirror.sync("web");
  const index = await mirror.indexText("web");
  await upstream.close();
  const { sources } = await mirror.waitFor("web", (now) => now.sources[0]?.state === "failing");
  expect(sources[0]?.error?.code).toBe("unreachable");
  expect(await mirror.indexText("web")).toBe(index);
  published.publish("web", "1.1.0", { archive: await smallChart("web", "1.1.0") });
  await upstream.listen();
  await mirror.waitFor("web", ({ versions }) => versions.listed === 2);
});

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

test("a tag that stays the same hides a change, and an honest one brings it to light", async () => {
  const published = new PublishedCharts();
  published.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
  await using upstream = await startUpstream(published.site.site);
  upstream.fault(/index/, lyingEtag());
  await using mirror = await startMirror({ web: { url: upstream.url } });
  await mirror.sync("web");
  published.publish("web", "1.1.0", { archive: await smallChart("web", "1.1.0") });
  expect((await mirror.sync("web")).versions.listed).toBe(1);
  upstream.clearFaults();
  await mirror.waitFor("web", ({ versions }) => versions.listed === 2);
});
