import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { revisionKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { indexAt, versionsOf } from "../support/read-index.ts";
import { provenanceOf } from "../support/stored-repository.ts";
import { newRevision, oldRevision, storeTwoRevisions, views } from "../support/two-revisions.ts";

const config = { root: "stable", repositories: { stable: repositoryConfig(["artifacthub-repo.yml"]) } };
const { old, current } = await storeTwoRevisions("stable");
const edge = edgeUnderTest({ config });

describe("the index of a view", () => {
  test.for(views)("%s/index.yaml lists what it should", async ([base, versions]) => {
    const index = await indexAt(edge, base);
    expect(index.apiVersion).toBe("v1");
    expect(versionsOf(index)).toEqual(versions);
    expect(Object.keys(index)).toEqual(["apiVersion", "entries"]);
  });

  test.for(views)("%s/index.yaml leads to every archive and provenance that it lists", async ([base]) => {
    const stored =
      base.includes(oldRevision) || /2026-11-(02|20$|20T12:00:00Z|20T12%3A)/.test(base) ? old : current;
    for (const [chart, entries] of Object.entries((await indexAt(edge, base)).entries)) {
      for (const { version, urls, digest } of entries) {
        const wanted = stored.charts[chart]?.find((candidate) => candidate.version === version);
        // RFC 3986 against the repository's URL with one slash behind it, as Helm resolves.
        const url = new URL(urls[0] ?? "", `https://charts.example${base}/`).href;
        expect(wanted?.digest).toBe(digest);
        const archive = await edge.request(url);
        expect({ url, status: archive.status }).toEqual({ url, status: 200 });
        expect(await archive.bytes()).toEqual(wanted?.archive);
        const signature = await edge.request(`${url}.prov`);
        expect(signature.status).toBe(wanted?.provenance === undefined ? 404 : 200);
        const text = new TextDecoder().decode(await signature.bytes());
        if (wanted?.provenance !== undefined) expect(text).toBe(provenanceOf(chart, version));
      }
    }
  });

  test("of one chart holds its lines as the full index has them", async () => {
    const text = await (await edge.request("/stable/alpha/index.yaml")).text();
    const lines = (current.charts["alpha"] ?? []).map(({ line }) => line).join(",\n");
    expect(text).toBe(`{"apiVersion":"v1","entries":{\n"alpha":[\n${lines}\n]\n}}\n`);
  });

  test("@latest-1 and @latest are the same bytes, and @latest-10 has all that fits", async () => {
    const stored = await env.BUCKET.get(revisionKey("stable", newRevision, "latest.json"));
    const latest = await stored?.text();
    expect(await (await edge.request("/stable@latest/index.yaml")).text()).toBe(latest);
    expect(await (await edge.request("/stable@latest-1/index.yaml")).text()).toBe(latest);
    expect(await (await edge.request("/stable@latest-10/index.yaml")).text()).toBe(current.index);
  });
});

describe("an archive's conventional path below a view", () => {
  test.for<[string, number]>([
    ["/stable/alpha/alpha-1.1.0.tgz", 200],
    ["/stable/alpha/alpha-1.1.0.tgz.prov", 200],
    ["/stable/alpha/alpha-0.9.0+up1.tgz", 200],
    ["/stable/alpha/alpha-0.9.0%2Bup1.tgz", 200],
    ["/stable/alpha/constructor-1.0.0.tgz", 404],
    ["/stable/nothing/alpha-1.1.0.tgz", 404],
    ["/stable/toString/alpha-1.1.0.tgz", 404],
    ["/stable@latest/alpha-1.0.0.tgz", 200],
    ["/stable@latest/alpha/alpha-1.0.0.tgz", 200],
    ["/stable@upstream/alpha-1.1.0.tgz", 200],
    ["/stable@2026-11-02/alpha-1.0.0.tgz.prov", 200],
    ["/stable@2026-11-02/alpha-1.1.0.tgz", 404],
    ["/stable@2026-11-02/gone-0.1.0.tgz", 200],
    ["/stable/gone-0.1.0.tgz", 404],
    [`/stable@${oldRevision}/gone/gone-0.1.0.tgz`, 200],
    ["/stable@latest/artifacthub-repo.yml", 200],
    ["/stable@2026-11-02/artifacthub-repo.yml", 200],
    ["/stable@upstream/artifacthub-repo.yml", 200],
  ])("%s is a %i", async ([path, status]) => {
    const response = await edge.request(path);
    expect(response.status).toBe(status);
    await response.bytes();
  });
});

describe("what is not there is a 404 that says what is", () => {
  test.for<[string, string, RegExp]>([
    [
      "/stable/alpa/index.yaml",
      "unknown-chart",
      /no chart "alpa".*similar name: "alpha".*repositories.*"stable"/,
    ],
    ["/stable/__proto__/index.yaml", "unknown-chart", /no chart "__proto__"/],
    ["/stable/toString/index.yaml", "unknown-chart", /no chart "toString"/],
    ["/stable@latest/gone/index.yaml", "unknown-chart", /no chart "gone"/],
    ["/stable@2026-11-02/10/index.yaml", "unknown-chart", /no chart "10"/],
    ["/stable/nothing", "unknown-chart", /What exists/],
    ["/stable/nothing/", "unknown-chart", /What exists/],
    [
      "/stable@2026-11-01/index.yaml",
      "unknown-snapshot",
      /from 2026-11-01T12:00:00\.500Z until now; \/stable\/history\.json/,
    ],
    ["/stable@2026-12-25/index.yaml", "unknown-snapshot", /future/],
    [`/stable@${"0c".repeat(16)}/index.yaml`, "unknown-snapshot", /history\.json/],
    ["/stable@2026-11-01/alpha-1.0.0.tgz", "unknown-snapshot", /history\.json/],
    ["/stable@yesterday/index.yaml", "unknown-view", /"yesterday" is no view.*@latest-<N>/],
  ])("%s: %s", async ([path, code, message]) => {
    const response = await edge.request(path, { headers: { Accept: "application/json" } });
    expect(response.status).toBe(404);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({ error: { code, message: expect.stringMatching(message) } });
  });

  test("a chart's page without its slash is a redirect, and none where there is no such chart", async () => {
    const response = await edge.request("/stable/alpha");
    expect([response.status, response.headers.get("location")]).toEqual([308, "/stable/alpha/"]);
    const accented = await edge.request(`/${encodeURIComponent("žluť")}`);
    expect(accented.headers.get("location")).toBe(`/stable/${encodeURIComponent("žluť")}/`);
    expect((await edge.request("/stable/valueOf")).status).toBe(404);
  });
});
