import { env } from "cloudflare:test";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";

const { charts } = await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "stable", {
  alpha: { versions: ["1.1.0", "1.0.0+up1"] },
});
const digest = charts["alpha"]?.[0]?.digest ?? "";
const edge = edgeUnderTest({
  config: { root: "stable", repositories: { stable: repositoryConfig(["key.asc"]) } },
});

const marker = `<i>"'&`;
const segment = fc.oneof(
  fc.constantFrom(
    "stable",
    "charts",
    digest,
    "index.yaml",
    "alpha-1.1.0.tgz",
    "alpha-1.0.0%2Bup1.tgz",
    "key.asc",
  ),
  fc.constantFrom("..", ".", "%2e%2e", "%2f", "%00", "%", "%zz", "@", "", "__proto__", "%ff", "\\", "+"),
  fc.string({ unit: "grapheme", maxLength: 20 }).map(encodeURIComponent),
  fc.webFragments(),
  fc.constant(encodeURIComponent(marker)),
  fc.constant("a".repeat(3_000)),
);
const path = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`);
const entityTag = fc.constantFrom(`"${digest}"`, "*", `W/"x"`, `"`, "", ",,,", marker);
const visible = fc.string({ maxLength: 30 }).map((text) => text.trim());
const headers = fc.record(
  {
    Accept: fc.oneof(visible, fc.constantFrom("application/json", "text/html", "*/*;q=x")),
    "Accept-Encoding": fc.oneof(visible, fc.constantFrom("gzip", "gzip;q=0", "*")),
    Range: fc.oneof(visible, fc.constantFrom("bytes=0-0", "bytes=-1", "bytes=9999999-", "bytes=0-1,2-3")),
    "If-Range": entityTag,
    "If-None-Match": fc.oneof(entityTag, visible),
    "If-Modified-Since": fc.oneof(visible, fc.constantFrom("Thu, 01 Jan 2099 00:00:00 GMT")),
  },
  { requiredKeys: [] },
);
const method = fc.constantFrom("GET", "HEAD", "OPTIONS", "POST", "DELETE");

test("no path, header or method makes it fail, lose a header, or repeat markup in a page", async () => {
  await fc.assert(
    fc.asyncProperty(path, headers, method, async (url, init, verb) => {
      const response = await edge.request(`https://charts.example${url}`, { method: verb, headers: init });
      const text = new TextDecoder().decode(await response.bytes());
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get("cache-control")).not.toBeNull();
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      const type = response.headers.get("content-type") ?? "";
      if (type.startsWith("text/html")) expect(text).not.toContain(marker);
      if (response.status >= 400) expect(type).toMatch(/^(?:text\/plain; charset=utf-8|application\/json)$/);
    }),
    { numRuns: 500 },
  );
}, 30_000);
