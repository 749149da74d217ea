import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { repositoryConfig } from "../support/edge-under-test.ts";
import { errorCode, registryUnderTest } from "../support/registry-under-test.ts";
import { storeCharts } from "../support/stored-charts.ts";
import { storeRepository } from "../support/stored-repository.ts";

const { original, kept } = await storeCharts();
const registry = registryUnderTest();
const hex = original.digest;
const tags = ["1.0.0_up1", "1.10.0", "1.2.0", "2.0.0", `sha256-${hex}`, `sha256-${hex}.sig`];

describe("tags/list", () => {
  test.for<[string, string[], string | null]>([
    ["", tags, null],
    ["?n=6", tags, null],
    ["?n=2", tags.slice(0, 2), '</v2/stable/alpha/tags/list?n=2&last=1.10.0>; rel="next"'],
    ["?n=2&last=1.10.0", tags.slice(2, 4), '</v2/stable/alpha/tags/list?n=2&last=2.0.0>; rel="next"'],
    ["?last=1.3", tags.slice(3), null],
    ["?n=0", [], null],
    ["?n=5000", tags, null],
  ])("%s has versions and kept tags, in the order of ASCII", async ([query, expected, link]) => {
    const response = await registry.request(`stable/alpha/tags/list${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("link")).toBe(link);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "public, max-age=60, stale-while-revalidate=300",
      "cache-tag": "repository-stable",
      "content-type": "application/json",
    });
    expect(await response.json()).toEqual({ name: "stable/alpha", tags: expected });
  });

  test("has the name by which it was asked for", async () => {
    const rooted = registryUnderTest({
      config: { root: "stable", repositories: { stable: repositoryConfig() } },
    });
    const { name, tags: listed }: { name: string; tags: string[] } = await (
      await rooted.request("alpha/tags/list?n=1")
    ).json();
    expect({ name, listed }).toEqual({ name: "alpha", listed: ["1.0.0_up1"] });
    const { headers } = await rooted.request("alpha/tags/list?n=1");
    expect(headers.get("link")).toBe('</v2/alpha/tags/list?n=1&last=1.0.0_up1>; rel="next"');
  });

  test.for(["?n=x", "?n=-1", "?n="])("%s is refused", async (query) => {
    const response = await registry.request(`stable/alpha/tags/list${query}`);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe("UNSUPPORTED");
  });

  test("is a 304 for who has it, and for nobody else", async () => {
    const etag = (await registry.request("stable/alpha/tags/list")).headers.get("etag") ?? "";
    const headers = { "If-None-Match": etag };
    expect((await registry.request("stable/alpha/tags/list", { headers })).status).toBe(304);
    expect((await registry.request("stable/alpha/tags/list?n=1", { headers })).status).toBe(200);
  });

  test("leaves out a version that is too long for a tag", async () => {
    const long = `1.0.0-${"x".repeat(130)}`;
    await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "long", { web: { versions: ["1.0.0", long] } });
    const other = registryUnderTest({ config: { repositories: { long: repositoryConfig() } } });
    expect(await (await other.request("long/web/tags/list")).json()).toMatchObject({ tags: ["1.0.0"] });
  });
});

test.for([
  ["stable/alphaa/tags/list", /similar name: "alpha"/],
  ["stable/constructor/tags/list", /has no chart "constructor"/],
  ["stable/gamma/tags/list", /has no chart "gamma"/],
  ["other/alpha/tags/list", /no "other\/alpha"/],
] as const)("%s is an unknown name", async ([path, message]) => {
  const response = await registry.request(path);
  expect(response.status).toBe(404);
  const text = await response.clone().text();
  expect(JSON.parse(text).errors[0].message).toMatch(message);
  expect(await errorCode(response)).toBe("NAME_UNKNOWN");
});

describe("referrers", () => {
  const type = "application/vnd.oci.image.index.v1+json";
  const { descriptor } = kept.attestation;
  const listed = { ...descriptor, digest: `sha256:${descriptor.digest}` };
  const of = (digest: string, query = "") =>
    registry.request(`stable/alpha/referrers/sha256:${digest}${query}`);

  test("are what is kept with the digest as its subject", async () => {
    const response = await of(original.digest);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("oci-filters-applied")).toBeNull();
    expect(response.headers.get("cache-control")).toContain("max-age=60");
    expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: type, manifests: [listed] });
  });

  test.for([
    ["application/in-toto+json", 1],
    ["application/spdx+json", 0],
  ] as const)("of the type %s are filtered, and that is said", async ([artifactType, count]) => {
    const response = await of(original.digest, `?artifactType=${encodeURIComponent(artifactType)}`);
    expect(response.headers.get("oci-filters-applied")).toBe("artifactType");
    const { manifests }: { manifests: unknown[] } = await response.json();
    expect(manifests).toHaveLength(count);
  });

  test.for(["0".repeat(64), descriptor.digest])("of %s are none, which is no error", async (digest) => {
    const response = await of(digest);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: type, manifests: [] });
  });

  test("of a digest of another algorithm are none, of what is no digest are refused", async () => {
    const other = await registry.request(`stable/alpha/referrers/sha512:${"0".repeat(128)}`);
    expect(await other.json()).toMatchObject({ manifests: [] });
    const none = await registry.request("stable/alpha/referrers/sha256:0");
    expect(none.status).toBe(400);
    expect(await errorCode(none)).toBe("DIGEST_INVALID");
  });
});
