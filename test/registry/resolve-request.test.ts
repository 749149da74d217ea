import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Asked, resolveRequest } from "../../src/registry/resolve-request.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";

const digest = "a1".repeat(32);
const repositories = { stable: repositoryConfig(), web: repositoryConfig() };
const rooted = { repositories, root: "stable" };
const ask = (path: string, config: Parameters<typeof resolveRequest>[1] = { repositories }): Asked =>
  resolveRequest(new URL(path, "https://charts.example").pathname, config);

const alpha = { full: "stable/alpha", repository: "stable", chart: "alpha" };
const rootAlpha = { full: "alpha", repository: "stable", chart: "alpha" };

describe("a path is", () => {
  test.for<[string, Asked]>([
    ["/v2", { kind: "base" }],
    ["/v2/", { kind: "base" }],
    ["/v2/?x=1", { kind: "base" }],
    ["/v2/_catalog?n=1", { kind: "catalog" }],
    ["/v2/stable/alpha/tags/list?n=2", { kind: "tags", name: alpha }],
    ["/v2/stable/alpha/manifests/1.0.0_x", { kind: "tagged", name: alpha, tag: "1.0.0_x" }],
    ["/v2/stable/alpha/manifests/artifacthub.io", { kind: "tagged", name: alpha, tag: "artifacthub.io" }],
    [
      `/v2/stable/alpha/manifests/sha256-${digest}.sig`,
      { kind: "tagged", name: alpha, tag: `sha256-${digest}.sig` },
    ],
    [`/v2/stable/alpha/manifests/sha256:${digest}`, { kind: "manifest", name: alpha, digest }],
    [`/v2/stable/alpha/manifests/sha256%3A${digest}`, { kind: "manifest", name: alpha, digest }],
    [`/v2/stable/alpha/blobs/sha256:${digest}`, { kind: "blob", name: alpha, digest }],
    [`/v2/stable/alpha/referrers/sha256:${digest}`, { kind: "referrers", name: alpha, digest }],
    [
      `/v2/stable/alpha/referrers/sha512:${digest}${digest}`,
      { kind: "referrers", name: alpha, digest: `sha512:${digest}${digest}` },
    ],
    [
      "/v2/stable/manifests/manifests/tags",
      {
        kind: "tagged",
        name: { full: "stable/manifests", repository: "stable", chart: "manifests" },
        tag: "tags",
      },
    ],
    [
      "/v2/stable/tags/tags/list",
      { kind: "tags", name: { full: "stable/tags", repository: "stable", chart: "tags" } },
    ],
  ])("%s → %j", ([path, asked]) => {
    expect(ask(path)).toEqual(asked);
  });
});

describe("below the root repository", () => {
  test.for<[string, Asked]>([
    ["/v2/alpha/tags/list", { kind: "tags", name: rootAlpha }],
    ["/v2/stable/alpha/tags/list", { kind: "tags", name: alpha }],
    [
      // A repository's own name, which no chart of it can follow without a slash.
      "/v2/web/tags/list",
      { kind: "tags", name: { full: "web", repository: "stable", chart: "web" } },
    ],
    [`/v2/alpha/blobs/sha256:${digest}`, { kind: "blob", name: rootAlpha, digest }],
  ])("%s → %j", ([path, asked]) => {
    expect(ask(path, rooted)).toEqual(asked);
  });
});

describe("is refused", () => {
  test.for<[string, number, string]>([
    ["/v2/x", 404, "UNSUPPORTED"],
    ["/v2/_catalog/", 404, "UNSUPPORTED"],
    ["/v2/tags/list", 404, "UNSUPPORTED"],
    ["/v2/stable/alpha", 404, "UNSUPPORTED"],
    ["/v2/stable/alpha/tags/list/", 404, "UNSUPPORTED"],
    ["/v2/stable/alpha/tags/other", 404, "UNSUPPORTED"],
    ["/v2/stable/alpha/constructor/x", 404, "UNSUPPORTED"],
    ["/v2/alpha/tags/list", 404, "NAME_UNKNOWN"],
    ["/v2/nobody/alpha/tags/list", 404, "NAME_UNKNOWN"],
    ["/v2/constructor/alpha/tags/list", 404, "NAME_UNKNOWN"],
    ["/v2/stable/alpha/beta/tags/list", 404, "NAME_UNKNOWN"],
    ["/v2/Stable/alpha/tags/list", 400, "NAME_INVALID"],
    ["/v2/stable/__proto__/tags/list", 400, "NAME_INVALID"],
    ["/v2/stable//tags/list", 400, "NAME_INVALID"],
    ["/v2/stable%2Falpha/tags/list", 400, "NAME_INVALID"],
    [`/v2/${"a".repeat(256)}/tags/list`, 400, "NAME_INVALID"],
    ["/v2/stable/alpha/manifests/.hidden", 404, "MANIFEST_UNKNOWN"],
    ["/v2/stable/alpha/manifests/", 404, "MANIFEST_UNKNOWN"],
    ["/v2/stable/alpha/manifests/1.0.0+x", 404, "MANIFEST_UNKNOWN"],
    ["/v2/stable/alpha/manifests/%", 404, "MANIFEST_UNKNOWN"],
    [`/v2/stable/alpha/manifests/${"1".repeat(129)}`, 404, "MANIFEST_UNKNOWN"],
    [`/v2/stable/alpha/manifests/sha512:${digest}${digest}`, 404, "MANIFEST_UNKNOWN"],
    [`/v2/stable/alpha/manifests/sha256:${digest.toUpperCase()}`, 400, "DIGEST_INVALID"],
    ["/v2/stable/alpha/manifests/sha256:12", 400, "DIGEST_INVALID"],
    ["/v2/stable/alpha/blobs/1.0.0", 400, "DIGEST_INVALID"],
    [`/v2/stable/alpha/blobs/sha256:${digest}0`, 400, "DIGEST_INVALID"],
    [`/v2/stable/alpha/blobs/sha512:${digest}`, 400, "DIGEST_INVALID"],
    [`/v2/stable/alpha/blobs/blake3:${digest}`, 404, "BLOB_UNKNOWN"],
    ["/v2/stable/alpha/referrers/1.0.0", 400, "DIGEST_INVALID"],
    ["/v2/stable/alpha/blobs/uploads/", 404, "BLOB_UPLOAD_UNKNOWN"],
    ["/v2/stable/alpha/blobs/uploads/1", 404, "BLOB_UPLOAD_UNKNOWN"],
  ])("%s: %d %s", ([path, status, code]) => {
    expect(ask(path)).toEqual({ kind: "refused", refusal: expect.objectContaining({ status, code }) });
  });
});

test("whatever a path is, something is asked for or refused, of no repository that is not configured", () => {
  const words = [
    "stable",
    "web",
    "alpha",
    "tags",
    "list",
    "manifests",
    "blobs",
    "referrers",
    "uploads",
    "",
    "%2F",
  ];
  const segment = fc.oneof(fc.constantFrom(...words, `sha256:${digest}`), fc.string());
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), fc.boolean(), (segments, withRoot) => {
      const { pathname } = new URL(`/v2/${segments.join("/")}`, "https://charts.example");
      const asked = resolveRequest(pathname, withRoot ? rooted : { repositories });
      if (asked.kind === "refused") expect([400, 404]).toContain(asked.refusal.status);
      if ("name" in asked) expect(Object.keys(repositories)).toContain(asked.name.repository);
      if (asked.kind === "blob" || asked.kind === "manifest") expect(asked.digest).toMatch(/^[0-9a-f]{64}$/);
    }),
    { numRuns: 1000 },
  );
});
