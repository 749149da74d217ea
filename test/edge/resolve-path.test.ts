import { describe, expect, test } from "vitest";
import { resolvePath, type Target } from "../../src/edge/resolve-path.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";

const digest = "a1".repeat(32);
const config = {
  repositories: {
    stable: repositoryConfig(["artifacthub-repo.yml", "key.asc"]),
    charts: repositoryConfig(),
  },
};
const rooted = { ...config, root: "stable" };
const pathOf = (path: string) => new URL(path, "https://charts.example").pathname;

describe("resolvePath", () => {
  test.for<[string, Target]>([
    ["/", { kind: "front" }],
    ["/stable", { kind: "slash-missing", repository: "stable" }],
    ["/stable/", { kind: "repository", repository: "stable" }],
    ["/stable/index.yaml", { kind: "index", repository: "stable" }],
    ["/st%61ble/index%2eyaml", { kind: "index", repository: "stable" }],
    ["/stable/index.yaml?x=1", { kind: "index", repository: "stable" }],
    ["/stable/index.yaml/", { kind: "unknown", repository: "stable", name: "stable" }],
    ["/stable//index.yaml", { kind: "unknown", repository: "stable", name: "stable" }],
    ["//stable.example/index.yaml", { kind: "unknown", name: "index.yaml" }],
    [`/stable/charts/${digest}/a-1.0.0.tgz`, { kind: "archive", repository: "stable", digest }],
    [`/stable/charts/${digest}/a-1.0.0%2Bb.tgz`, { kind: "archive", repository: "stable", digest }],
    [`/stable/charts/${digest}/anything.tgz`, { kind: "archive", repository: "stable", digest }],
    [`/stable/charts/${digest}/a-1.0.0.tgz.prov`, { kind: "provenance", repository: "stable", digest }],
    [`/charts/charts/${digest}/a-1.0.0.tgz`, { kind: "archive", repository: "charts", digest }],
    [`/stable/charts/${digest}/a-1.0.0.zip`, { kind: "unknown", repository: "stable", name: "stable" }],
    [`/stable/charts/${digest}/`, { kind: "unknown", repository: "stable", name: "stable" }],
    [
      `/stable/charts/${digest.toUpperCase()}/a.tgz`,
      { kind: "unknown", repository: "stable", name: "stable" },
    ],
    [`/stable/charts/${digest.slice(1)}/a.tgz`, { kind: "unknown", repository: "stable", name: "stable" }],
    [`/stable/other/${digest}/a.tgz`, { kind: "unknown", repository: "stable", name: "stable" }],
    [`/stable/charts/${digest}/a%2Fb.tgz`, { kind: "unknown", repository: "stable", name: "stable" }],
    [`/nobody/charts/${digest}/a.tgz`, { kind: "unknown", name: "nobody" }],
    [
      "/stable/a-1.0.0+b.tgz",
      { kind: "conventional", repository: "stable", file: "a-1.0.0+b.tgz", provenance: false },
    ],
    [
      "/stable/a-1.0.0%2Bb.tgz",
      { kind: "conventional", repository: "stable", file: "a-1.0.0+b.tgz", provenance: false },
    ],
    [
      "/stable/a-1.0.0%252Bb.tgz",
      { kind: "conventional", repository: "stable", file: "a-1.0.0%2Bb.tgz", provenance: false },
    ],
    [
      "/stable/a-1.0.0.tgz.prov",
      { kind: "conventional", repository: "stable", file: "a-1.0.0.tgz", provenance: true },
    ],
    ["/stable/artifacthub-repo.yml", { kind: "file", repository: "stable", file: "artifacthub-repo.yml" }],
    ["/charts/artifacthub-repo.yml", { kind: "unknown", repository: "charts", name: "charts" }],
    ["/stable/toString", { kind: "unknown", repository: "stable", name: "stable" }],
    ["/__proto__/index.yaml", { kind: "unknown", name: "__proto__" }],
    ["/constructor", { kind: "unknown", name: "constructor" }],
    ["/stable/%", { kind: "malformed" }],
    ["/stable/%zz.tgz", { kind: "malformed" }],
    ["/%ff/index.yaml", { kind: "malformed" }],
    ["/stable/%2e%2e/charts/index.yaml", { kind: "index", repository: "charts" }],
    ["/stable/..%2fcharts/index.yaml", { kind: "unknown", repository: "stable", name: "stable" }],
    ["/stable/..%2f..%2fhead.tgz", { kind: "unknown", repository: "stable", name: "stable" }],
    ["/stable/a%00-1.0.0.tgz", { kind: "unknown", repository: "stable", name: "stable" }],
    ["/stable/a%0d%0a-1.tgz", { kind: "unknown", repository: "stable", name: "stable" }],
    ["/stable/a%5cb.tgz", { kind: "unknown", repository: "stable", name: "stable" }],
    [`/stable/${"a".repeat(600)}.tgz`, { kind: "unknown", repository: "stable", name: "stable" }],
    ["/stable@latest/index.yaml", { kind: "unknown", name: "stable@latest" }],
    ["/index.yaml", { kind: "unknown", name: "index.yaml" }],
  ])("%s", ([path, target]) => {
    expect(resolvePath(pathOf(path), config)).toEqual(target);
  });

  test.for<[string, Target]>([
    ["/", { kind: "front" }],
    ["/index.yaml", { kind: "index", repository: "stable" }],
    [`/charts/${digest}/a-1.0.0.tgz`, { kind: "archive", repository: "stable", digest }],
    ["/artifacthub-repo.yml", { kind: "file", repository: "stable", file: "artifacthub-repo.yml" }],
    ["/a-1.0.0.tgz", { kind: "conventional", repository: "stable", file: "a-1.0.0.tgz", provenance: false }],
    ["/charts/index.yaml", { kind: "index", repository: "charts" }],
    ["/charts/", { kind: "repository", repository: "charts" }],
    ["/stable/index.yaml", { kind: "index", repository: "stable" }],
    ["/other/index.yaml", { kind: "unknown", name: "other" }],
    ["/index.yaml/", { kind: "unknown", name: "index.yaml" }],
  ])("%s where stable is the root repository", ([path, target]) => {
    expect(resolvePath(pathOf(path), rooted)).toEqual(target);
  });
});
