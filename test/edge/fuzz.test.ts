import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import {
  decoded,
  forwarding,
  requireNothingReflected,
  requireRightContent,
} from "../support/right-content.ts";
import { runs } from "../support/runs.ts";
import { withoutPatience } from "../support/without-patience.ts";
import { newRevision, oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";

const { current } = await storeTwoRevisions("stable");
const digest = current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest ?? "";
const edge = edgeUnderTest({
  config: { root: "stable", repositories: { stable: repositoryConfig(["key.asc"]) } },
});

beforeAll(withoutPatience);

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
const forwarded = fc.subarray(Object.entries(forwarding)).map((fields) => Object.fromEntries(fields));
const asking = fc.record(
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
const headers = fc.tuple(asking, forwarded).map(([one, other]) => ({ ...other, ...one }));
const method = fc.constantFrom("GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE");
/** Milliseconds, on a machine that has much else to do. */
const patience = 5_000;

test("no path, header or method makes it fail, take long, lose a header, or repeat what it was sent", async () => {
  await fc.assert(
    fc.asyncProperty(path, headers, method, async (where, init, verb) => {
      const url = `https://charts.example${where}`;
      const began = Date.now();
      const response = await edge.request(url, { method: verb, headers: init });
      const body = await response.bytes();
      expect(Date.now() - began).toBeLessThan(patience);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get("cache-control")).not.toBeNull();
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      const type = response.headers.get("content-type") ?? "";
      if (response.headers.get("content-encoding") !== null)
        expect(init["Accept-Encoding"]).toContain("gzip");
      const length = response.headers.get("content-length");
      if (verb === "GET" && response.status < 300 && length !== null) {
        expect(body.byteLength).toBe(Number(length));
      }
      if (response.status >= 400) expect(type).toMatch(/^(?:text\/plain; charset=utf-8|application\/json)$/);
      const content = await decoded(response, new Uint8Array(body));
      requireNothingReflected(response, new TextDecoder().decode(content), marker);
      if (verb === "GET") await requireRightContent(url, response, content);
    }),
    runs(1_000, 20_000),
  );
}, 300_000);

const archive = fc.constantFrom(
  ...Object.entries(current.charts).flatMap(([chart, versions]) =>
    versions.flatMap(({ version, path: listed, digest: sha }) =>
      [listed, encodeURIComponent(`${chart}-${version}.tgz`)].map((below) => ({ below, sha })),
    ),
  ),
);
const below = fc.constantFrom(
  "/stable/",
  "/",
  "/stable@latest/",
  `/stable@${newRevision}/`,
  "/stable@2026-11-21/",
);

test("an archive is answered whole with the bytes of its digest, in the part that is said, or not at all", async () => {
  await fc.assert(
    fc.asyncProperty(below, archive, headers, async (before, { below: file, sha }, init) => {
      const url = `https://charts.example${before}${file}`;
      const whole = await (await edge.request(url)).bytes();
      expect(await sha256(new Uint8Array(whole))).toBe(sha);
      const response = await edge.request(url, { headers: init });
      const body = await response.bytes();
      if (response.status === 200) expect(body).toEqual(whole);
      else if (response.status === 206) expect(body).toEqual(partOf(whole, response));
      else if (response.status === 304)
        expect([init["If-None-Match"], init["If-Modified-Since"]]).not.toEqual([undefined, undefined]);
      else expect(response.status).toBe(416);
    }),
    runs(200, 5_000),
  );
}, 300_000);

/** What Content-Range says of it (RFC 9110, section 14.4). */
function partOf(whole: Uint8Array, { headers: said }: Response): Uint8Array {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(said.get("content-range") ?? "") ?? [];
  expect(Number(size)).toBe(whole.byteLength);
  return whole.subarray(Number(first), Number(last) + 1);
}
