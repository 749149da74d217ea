import * as fc from "fast-check";
import { expect, test } from "vitest";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { newRevision, oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";

const { current } = await storeTwoRevisions("stable");
const digest = current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest ?? "";
const edge = edgeUnderTest({
  config: { root: "stable", repositories: { stable: repositoryConfig(["key.asc"]) } },
});

const marker = `<i>"'&`;
const view = fc.oneof(
  fc.constantFrom(
    "latest",
    "latest-2",
    "upstream",
    "2026-11-02",
    "2026-11-20T12:00:00Z",
    oldRevision,
    newRevision,
  ),
  fc.constantFrom(
    "latest-99",
    "2999-01-01",
    "2026-02-30",
    "0".repeat(32),
    "%2e%2e",
    "",
    "@",
    "__proto__",
    "+",
  ),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
);
const known = fc.constantFrom(
  "stable",
  "charts",
  "api",
  "health",
  "alpha",
  "constructor",
  digest,
  "index.yaml",
  "history.json",
  "alpha-1.1.0.tgz",
  "alpha-1.1.0.tgz.prov",
  "alpha-0.9.0%2Bup1.tgz",
  "1.1.0",
  "latest",
  "key.asc",
);
const segment = fc.oneof(
  known,
  view.map((text) => `stable@${text}`),
  view.map((text) => `@${text}`),
  fc.constantFrom("..", ".", "%2e%2e", "%2f", "%00", "%", "%zz", "@", "", "__proto__", "%ff", "\\", "+"),
  fc.string({ unit: "grapheme", maxLength: 20 }).map(encodeURIComponent),
  fc.webFragments(),
  fc.constant(encodeURIComponent(marker)),
  fc.constant("a".repeat(3_000)),
);
/** Of the shapes that mean something, so that more than the way to a 404 is walked. */
const shaped = fc
  .tuple(
    fc.constantFrom("", "api/"),
    fc.oneof(
      fc.constant("stable"),
      view.map((text) => `stable@${text}`),
      segment,
    ),
    fc.array(fc.oneof(known, segment), { minLength: 1, maxLength: 3 }),
  )
  .map(([api, first, rest]) => `/${api}${first}/${rest.join("/")}`);
const query = fc.oneof(
  fc.constantFrom(
    "",
    "",
    "",
    "?offset=1&limit=1",
    "?offset=9",
    "?limit=0",
    "?offset=%zz",
    "?limit=1&limit=x",
  ),
  fc.string({ maxLength: 10 }).map((text) => `?offset=${encodeURIComponent(text)}`),
);
const path = fc
  .tuple(
    fc.oneof(
      fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
      shaped,
    ),
    query,
  )
  .map((parts) => parts.join(""));
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
      const body = await response.bytes();
      const text = new TextDecoder().decode(body);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get("cache-control")).not.toBeNull();
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      const type = response.headers.get("content-type") ?? "";
      if (type.startsWith("text/html")) expect(text).not.toContain(marker);
      if (response.headers.get("content-encoding") !== null)
        expect(init["Accept-Encoding"]).toContain("gzip");
      const length = response.headers.get("content-length");
      if (verb === "GET" && response.status < 300 && length !== null) {
        expect(body.byteLength).toBe(Number(length));
      }
      if (response.status >= 400) expect(type).toMatch(/^(?:text\/plain; charset=utf-8|application\/json)$/);
    }),
    { numRuns: 1_000 },
  );
}, 30_000);
