import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { frameMark } from "../../src/edge/framed.ts";
import { revisionKey, type RevisionDocument } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { newRevision, oldRevision, storeTwoRevisions, views } from "../support/two-revisions.ts";

const config = { root: "stable", repositories: { stable: repositoryConfig(["artifacthub-repo.yml"]) } };
const { current } = await storeTwoRevisions("stable");
const edge = edgeUnderTest({ config });

describe("what a view says of itself", () => {
  test.for<[string, string]>([
    ["/stable@latest", `"${newRevision}-latest"`],
    ["/stable@latest-1", `"${newRevision}-latest"`],
    [`/stable@${oldRevision}`, `"${oldRevision}"`],
    ["/stable@2026-11-02", `"${oldRevision}"`],
  ])("%s/index.yaml has the entity tag %s", async ([base, etag]) => {
    const response = await edge.request(`${base}/index.yaml`);
    expect(response.headers.get("etag")).toBe(etag);
    await response.bytes();
  });

  test.for<[string, string, string]>([
    ["/stable@latest-2/index.yaml", '{"apiVersion":"v1","entries":{\n', "\n}}\n"],
    ["/stable/alpha/index.yaml", '{"apiVersion":"v1","entries":{\n"alpha":[\n', "\n]\n}}\n"],
    ["/stable@latest/alpha/index.yaml", '{"apiVersion":"v1","entries":{\n"alpha":[\n', "\n]\n}}\n"],
    ["/api/stable/charts", "{\n", "\n}\n"],
    ["/api/stable/charts/alpha", "[\n", "\n]\n"],
    ["/api/stable/charts/alpha/1.0.0", "", "\n"],
  ])(
    "%s has a tag that changes with what is put around the stored lines",
    async ([path, opening, closing]) => {
      const response = await edge.request(path);
      const text = await response.text();
      expect([text.startsWith(opening), text.endsWith(closing)]).toEqual([true, true]);
      expect(response.headers.get("etag")).toContain(`-${frameMark({ opening, closing })}"`);
      expect(frameMark({ opening: `${opening} `, closing })).not.toBe(frameMark({ opening, closing }));
      expect(frameMark({ opening, closing: `${closing} ` })).not.toBe(frameMark({ opening, closing }));
    },
  );

  test("a chart's tag stays with its lines, whatever the revision, and tells the views apart", async () => {
    const tag = async (path: string) => (await edge.request(path, { method: "HEAD" })).headers.get("etag");
    const tags = await Promise.all(
      ["/stable/alpha", "/stable@latest/alpha", "/stable@latest-2/alpha", `/stable@${oldRevision}/alpha`].map(
        (base) => tag(`${base}/index.yaml`),
      ),
    );
    expect(new Set(tags).size).toBe(4);
    expect(await tag(`/stable@${newRevision}/alpha/index.yaml`)).toBe(tags[0]);
  });

  test.for(views)("%s/index.yaml answers HEAD like GET, and 304 to who has it", async ([base]) => {
    const path = `${base}/index.yaml`;
    const get = await edge.request(path);
    const headers = Object.fromEntries(get.headers);
    await get.bytes();
    const head = await edge.request(path, { method: "HEAD" });
    expect(Object.fromEntries(head.headers)).toEqual(headers);
    expect(await head.text()).toBe("");
    for (const method of ["GET", "HEAD"]) {
      const again = await edge.request(path, { method, headers: { "If-None-Match": headers["etag"] ?? "" } });
      expect({ path, status: again.status }).toEqual({ path, status: 304 });
      expect(again.headers.get("chartkeep-revision")).toBe(headers["chartkeep-revision"]);
    }
    const other = await edge.request(path, { headers: { "If-None-Match": '"other"' } });
    expect(other.status).toBe(200);
    await other.bytes();
  });

  test.for<[string, string]>([
    ["/stable@latest/index.yaml", "public, max-age=60, stale-while-revalidate=300"],
    ["/stable@latest-2/index.yaml", "public, max-age=60, stale-while-revalidate=300"],
    ["/stable/alpha/index.yaml", "public, max-age=60, stale-while-revalidate=300"],
    ["/stable@2026-11-02/index.yaml", "public, max-age=3600, stale-while-revalidate=86400"],
    [`/stable@${newRevision}/alpha/index.yaml`, "public, max-age=3600, stale-while-revalidate=86400"],
  ])("%s may be kept: %s", async ([path, policy]) => {
    const response = await edge.request(path, { method: "HEAD" });
    expect(response.headers.get("cache-control")).toBe(policy);
    expect(response.headers.get("cache-tag")).toBe("repository-stable");
  });

  test("of an instant that is so young that a publication may still turn up is kept like an index", async () => {
    const now = Date.parse("2026-11-21T00:00:00Z");
    const young = edgeUnderTest({ config, now: () => now });
    for (const [time, policy] of [
      ["2026-11-20T23:50:01Z", "public, max-age=60, stale-while-revalidate=300"],
      ["2026-11-20T23:50:00Z", "public, max-age=3600, stale-while-revalidate=86400"],
    ]) {
      const response = await young.request(`/stable@${time}/index.yaml`, { method: "HEAD" });
      expect(response.headers.get("cache-control")).toBe(policy);
    }
    expect((await young.request("/stable@2026-11-21/index.yaml")).status).toBe(200);
    expect((await young.request("/stable@2026-11-21T00:00:00.001Z/index.yaml")).status).toBe(404);
  });

  test("comes compressed where it is stored so, and only to who asks", async () => {
    for (const [base, document] of [
      ["/stable@latest", "latest.json.gz"],
      [`/stable@${newRevision}`, "index.json.gz"],
    ] satisfies [string, RevisionDocument][]) {
      const response = await edge.request(`${base}/index.yaml`, { headers: { "Accept-Encoding": "gzip" } });
      expect(response.headers.get("content-encoding")).toBe("gzip");
      expect(response.headers.get("etag")).toMatch(/-gzip"$/);
      const stored = await env.BUCKET.get(revisionKey("stable", newRevision, document));
      expect(await response.bytes()).toEqual(await stored?.bytes());
    }
    for (const base of ["/stable/alpha", "/stable@latest-2", "/stable@latest/alpha"]) {
      const response = await edge.request(`${base}/index.yaml`, { headers: { "Accept-Encoding": "gzip" } });
      expect(response.headers.get("content-encoding")).toBeNull();
      expect(await response.json()).toMatchObject({ apiVersion: "v1" });
    }
  });

  test("says which revision an archive was looked up in", async () => {
    const response = await edge.request("/stable@2026-11-02/alpha-1.0.0.tgz", { method: "HEAD" });
    expect(response.headers.get("chartkeep-revision")).toBe(oldRevision);
    const missing = await edge.request("/stable@2026-11-02/alpha-1.1.0.tgz");
    expect(missing.headers.get("chartkeep-revision")).toBe(oldRevision);
    const byDigest = await edge.request(`/stable/${current.charts["alpha"]?.[0]?.path}`, { method: "HEAD" });
    expect(byDigest.headers.get("chartkeep-revision")).toBeNull();
  });
});
