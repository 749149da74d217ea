import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";
import { registryUnderTest } from "../support/registry-under-test.ts";
import { forwarding, requireNothingReflected } from "../support/right-content.ts";
import { runs } from "../support/runs.ts";
import { withoutPatience } from "../support/without-patience.ts";
import { storeCharts } from "../support/stored-charts.ts";

const { original, blob, newest, signed, kept } = await storeCharts();
const registry = registryUnderTest({
  config: { root: "stable", repositories: { stable: repositoryConfig() } },
});

beforeAll(withoutPatience);

const marker = `<i>"'&`;
const digests = [
  ...[original, blob, newest].map(({ digest }) => digest),
  ...[kept.signature, kept.attestation].map(({ descriptor }) => descriptor.digest),
].map((digest) => `sha256:${digest}`);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }).map(encodeURIComponent),
  fc.webFragments(),
  fc.constantFrom(
    "..",
    "%2e%2e",
    "%2f",
    "%00",
    "%",
    "%zz",
    "",
    "__proto__",
    "constructor",
    "a".repeat(3_000),
  ),
  fc.constant(encodeURIComponent(marker)),
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("stable/alpha", "alpha", "stable/beta", "stable/Gamma", "stable") },
  text,
);
const reference = fc.oneof(
  fc.constantFrom(...digests, `sha256:${signed.provenance?.digest}`, ...digests.map(encodeURIComponent)),
  fc.constantFrom("2.0.0", "1.10.0", "1.0.0_up1", "latest", "list", `sha256-${original.digest}.sig`),
  fc.constantFrom(`sha256:${"0".repeat(64)}`, `sha512:${"0".repeat(128)}`, "sha256:", "sha256:xyz", ":", "@"),
  text,
);
const endpoint = fc.oneof(
  fc.constantFrom("manifests", "manifests", "blobs", "blobs", "tags", "referrers", "blobs/uploads"),
  text,
);
const query = fc.oneof(
  fc.constantFrom("", "", "?n=1", "?n=0", "?n=-1", "?n=1e9", "?n=1&n=2", "?last=1.2.0", "?n=x&last=%zz"),
  fc
    .tuple(fc.constantFrom("n", "last", "artifactType", "digest"), text)
    .map(([key, value]) => `?${key}=${value}`),
);
const path = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(name, endpoint, reference, query).map(([a, b, c, d]) => `${a}/${b}/${c}${d}`),
  },
  fc
    .tuple(fc.array(fc.oneof(name, endpoint, reference), { maxLength: 5 }), query)
    .map(([parts, rest]) => `${parts.join("/")}${rest}`),
  query.map((rest) => `_catalog${rest}`),
);
const visible = fc.string({ maxLength: 30 }).map((value) => value.trim());
const asking = fc.record(
  {
    Accept: fc.oneof(visible, fc.constantFrom("*/*", "application/vnd.oci.image.manifest.v1+json")),
    "Accept-Encoding": fc.constantFrom("gzip", "br", "*"),
    Authorization: fc.oneof(visible, fc.constantFrom("Basic eDp5", "Bearer x")),
    Range: fc.oneof(visible, fc.constantFrom("bytes=0-0", "bytes=-1", "bytes=9999999-")),
    "If-None-Match": fc.oneof(visible, fc.constantFrom("*", `"${original.digest}"`)),
  },
  { requiredKeys: [] },
);
const forwarded = fc.subarray(Object.entries(forwarding)).map((fields) => Object.fromEntries(fields));
const method = fc.constantFrom("GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE");
/** Milliseconds, on a machine that has much else to do. */
const patience = 5_000;

test("no path, header or method makes /v2/ fail, or answer with other bytes than the digest that was asked for", async () => {
  await fc.assert(
    fc.asyncProperty(path, asking, forwarded, method, async (where, asked, proxied, verb) => {
      const began = Date.now();
      const response = await registry.request(where, { method: verb, headers: { ...proxied, ...asked } });
      const body = await response.bytes();
      expect(Date.now() - began).toBeLessThan(patience);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
      expect(response.headers.get("content-type") ?? "").not.toContain("html");
      requireNothingReflected(response, new TextDecoder().decode(body), marker);
      if (verb !== "GET" || body.byteLength === 0) return;
      if (response.status >= 400) {
        const { errors }: { errors: { code: string }[] } = JSON.parse(new TextDecoder().decode(body));
        expect(errors).toHaveLength(1);
      }
      if (response.status !== 200) return;
      const actual = `sha256:${await sha256(new Uint8Array(body))}`;
      const said = response.headers.get("docker-content-digest");
      if (said !== null) expect(said).toBe(actual);
      const last = decodeURIComponent(new URL(where, "https://charts.example/v2/").pathname).split("/");
      if (["manifests", "blobs"].includes(last.at(-2) ?? "") && last.at(-1)?.includes(":") === true) {
        expect(last.at(-1)).toBe(actual);
      }
    }),
    runs(600, 20_000),
  );
  expect(registry.failures).toEqual([]);
}, 300_000);
